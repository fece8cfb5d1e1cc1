package htmlreport_test

import (
	"bytes"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/report/reporttest"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/htmlreport"
)

// TestHostileTexts stay text in the page, which its signature still covers.
func TestHostileTexts(t *testing.T) {
	_, key, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range reporttest.Hostile() {
		r := report()
		name := text[:min(len(text), 1000)] // the unit's own
		r.Unit.Device, r.Unit.Serial, r.Unit.Model, r.Unit.Versions["opencv"] = "cam-7", name, name, name
		result := selftest.Result{Name: name, Result: selftest.Fail, Quantity: text, Unit: text, Detail: text, Hint: text,
			Pictures: []selftest.Picture{{Check: name, Caption: name, PNG: []byte("png")}}}
		r.Complete([]selftest.Result{result}, selftest.Summarize([]selftest.Result{result}))
		var page bytes.Buffer
		if err := htmlreport.Write(&page, r, &key); err != nil {
			t.Fatal(err)
		}
		reporttest.CheckText(t, "the page", page.String())
		if strings.Count(page.String(), "<script") != 1 || strings.Contains(page.String(), "<img src=x") || strings.Contains(page.String(), `"onerror="`) {
			t.Errorf("%.80q became more than text", text)
		}
		if _, _, err := htmlreport.Read(page.Bytes()); err != nil {
			t.Errorf("%.80q: %v", text, err)
		}
	}
}
