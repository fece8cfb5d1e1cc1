package terminal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/demo/terminal"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestTheTerminalShowsTheSafetyFields, to a person and to a script.
func TestTheTerminalShowsTheSafetyFields(t *testing.T) {
	for what, asJSON := range map[string]bool{"the demo": false, "demo --json": true} {
		reporttest.CheckFields(t, what, func(e report.Event) string {
			var out bytes.Buffer
			(&terminal.Terminal{Out: &out, JSON: asJSON}).Event(e, frame.Unknown)
			return out.String()
		})
	}
	var out bytes.Buffer
	(&terminal.Terminal{Out: &out}).Event(report.Event{Label: "correct", Verified: true}, frame.Correct)
	if got := strings.TrimSpace(out.String()); !strings.HasSuffix(got, "correct    agrees") {
		t.Errorf("a plain decision: %q", got)
	}
}

// TestHostileTexts are a camera's name and a model's.
func TestHostileTexts(t *testing.T) {
	for _, text := range reporttest.Hostile() {
		var out bytes.Buffer
		e := reporttest.Event()
		e.Camera, e.Reason = text, text[:min(len(text), 1000)]
		(&terminal.Terminal{Out: &out, JSON: true}).Event(e, frame.Unknown)
		if len(text) < 1000 {
			reporttest.CheckText(t, "demo --json", out.String())
		}
	}
}
