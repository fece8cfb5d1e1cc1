package robustness_test

import (
	"bytes"
	"testing"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestHostileTexts are names of packs and files, in the page and on the terminal.
func TestHostileTexts(t *testing.T) {
	for _, text := range reporttest.Hostile() {
		r := report()
		r.Result.Model, r.Title, r.Skipped = text, text, []string{text}
		var page, terminal, line bytes.Buffer
		if err := r.Write(&page); err != nil {
			t.Fatal(err)
		}
		if err := r.Print(&screen.Output{Out: &terminal}); err != nil {
			t.Fatal(err)
		}
		if err := screen.JSON(&line, r); err != nil {
			t.Fatal(err)
		}
		if len(text) < 1000 { // else the page and JSON keep it whole
			reporttest.CheckText(t, "the page", page.String())
			reporttest.CheckText(t, "JSON", line.String())
		}
		reporttest.CheckText(t, "the terminal", terminal.String())
	}
}
