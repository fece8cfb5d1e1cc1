package htmlreport_test

import (
	"bytes"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest/htmlreport"
)

func TestRead(t *testing.T) {
	public, key, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := htmlreport.Write(&b, report(), &key); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	r, s, err := htmlreport.Read([]byte(page))
	if err != nil || r.Unit.Device != "cam-7" || len(r.Checks) != 4 || s.Key != public.String() {
		t.Fatalf("got %+v, %+v (%v)", r, s, err)
	}
	altered := "the key " + pack.ID(public.ID()) + " did not sign this result: it or its signature was altered"
	for _, c := range []struct{ name, old, new, want string }{
		{"result altered", `"result": "fail"`, `"result": "pass"`, altered},
		{"signature altered", "self-test of cam-7\n", "self-test of cam-8\n", altered},
		{"key altered", `<code id="key">RW`, `<code id="key">RX`, "key \"RX" + public.String()[2:] + "\": not a minisign public key, " +
			"want 56 characters that begin with RW, as `maskwarden pack keygen` prints them"},
		{"no signature", `<pre id="signature">`, "<pre>", "the report is not signed"},
		{"no result", `id="result"`, "", "no report of a self-test: want a page that `maskwarden selftest --html` wrote"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spoilt := strings.Replace(page, c.old, c.new, 1)
			if spoilt == page {
				t.Fatalf("%q is not in the page", c.old)
			}
			if _, _, err := htmlreport.Read([]byte(spoilt)); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, _, err := htmlreport.Read([]byte(write(t, report()))); err == nil || err.Error() != "the report is not signed" {
		t.Errorf("got %v", err)
	}
}
