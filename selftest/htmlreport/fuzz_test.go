package htmlreport_test

import (
	"bytes"
	_ "embed"
	"testing"

	"github.com/maskwarden/maskwarden/selftest/htmlreport"
)

// signed is a page that a unit signed whose key nobody has any more.
//
//go:embed testdata/signed.html
var signed []byte

// FuzzRead reads any bytes as a report: none but the very page that a unit signed is taken as its.
func FuzzRead(f *testing.F) {
	_, original, err := htmlreport.Read(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add([]byte(`<script type="application/json" id="result">{}</script><code id="key">RW</code><pre id="signature">x</pre>`))
	f.Add([]byte(`<pre id="signature"></pre><pre id="signature">`))
	f.Fuzz(func(t *testing.T, page []byte) {
		r, s, err := htmlreport.Read(page)
		switch {
		case err != nil && (r != nil || err.Error() == ""):
			t.Fatalf("%+v, %v", r, err)
		case err == nil && s.Key == original.Key && !bytes.Equal(page, signed):
			t.Fatalf("another page verifies: %q", page)
		}
	})
}
