package terminal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/demo/terminal"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// TestTheTerminalShowsTheSafetyFields gives each field a value of its own, and looks for it on the line.
func TestTheTerminalShowsTheSafetyFields(t *testing.T) {
	values := map[string]string{
		"label": "incorrect", "reason": "fail_safe", "verified": "unverified", "certified": "detection certified", "suspected": "suspected: ",
		"suspicion": "masks_disagree, squeeze_differs", "recovered": "recovered: none", "alarm": "alarm: probing",
	}
	var out bytes.Buffer
	(&terminal.Terminal{Out: &out}).Event(report.Event{Label: "incorrect", Reason: "fail_safe", Defense: report.Defense{
		Certified: "detection", Suspected: true, Suspicion: []string{"masks_disagree", "squeeze_differs"}, Recovered: "none", Alarm: "probing",
	}}, frame.Unknown)
	for _, field := range report.SafetyFields() {
		if want := values[field]; want == "" || !strings.Contains(out.String(), want) {
			t.Errorf("%s: no %q in %q", field, want, &out)
		}
	}
	out.Reset()
	(&terminal.Terminal{Out: &out}).Event(report.Event{Label: "correct", Verified: true}, frame.Correct)
	if got := strings.TrimSpace(out.String()); !strings.HasSuffix(got, "correct    agrees") {
		t.Errorf("a plain decision: %q", got)
	}
}
