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
	altered := "the key " + pack.ID(public.ID()) + " did not sign this: it or its signature was altered, or an older release signed its result alone"
	for _, c := range []struct{ name, old, new, want string }{
		{"result altered", `"result": "fail"`, `"result": "pass"`, altered},
		{"signature altered", "self-test of cam-7\n", "self-test of cam-8\n", altered},
		{"key altered", `<code id="key">RW`, `<code id="key">RX`, "key \"RX" + public.String()[2:] + "\": not a minisign public key, " +
			"want 56 characters that begin with RW, as `maskwarden pack keygen` prints them"},
		{"verdict shown altered", `<strong class="verdict fail">fail</strong>`, `<strong class="verdict fail">pass</strong>`, altered},
		{"title altered", "<title>Self-test of cam-7: fail", "<title>Self-test of cam-7: pass", altered},
		{"value shown altered", "accuracy 0.5, limit", "accuracy 0.9, limit", altered},
		{"serial shown altered", "<dd>1421221012345</dd>", "<dd>1421221012346</dd>", altered},
		{"style altered", "</style>", ".fail{display:none}</style>", altered},
		{"something after the end", "</html>", "</html><p>pass</p>", altered},
		{"first line of the signature altered", "signature of a self-test", "signature of a good unit", altered},
		{"markup in the signature", "signature of a self-test", "signature of a <b>self-test</b>", "the signature is not as it was written: it was altered"},
		{"two signatures", "<h1>", `<pre id="signature">x</pre><h1>`, "the report is not signed"},
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
	end := strings.Index(page, `<pre id="signature">`)
	for i := 0; i < end; i += 7 { // a byte anywhere before the signature
		spoilt := []byte(page)
		spoilt[i] ^= 1
		if _, _, err := htmlreport.Read(spoilt); err == nil {
			t.Errorf("byte %d altered from %q to %q, and the page verifies", i, page[i], spoilt[i])
		}
	}
	if _, _, err := htmlreport.Read([]byte(write(t, report()))); err == nil || err.Error() != "the report is not signed" {
		t.Errorf("got %v", err)
	}
}
