package report_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/report"
)

// TestSafetyFieldsAreTheEvents: the schema knows each of them. That each interface shows them is reporttest's.
func TestSafetyFieldsAreTheEvents(t *testing.T) {
	var schema struct {
		Properties map[string]struct{ Enum []string }
	}
	if err := json.Unmarshal(report.EventJSONSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	for _, field := range report.SafetyFields() {
		if _, ok := schema.Properties[field]; !ok {
			t.Errorf("the schema has no %s", field)
		}
	}
	if got, want := report.UnknownReasons(), schema.Properties["reason"].Enum; !slices.Equal(got, want) {
		t.Errorf("reasons %v, the schema has %v", got, want)
	}
	kinds := append(slices.Clone(schema.Properties["label"].Enum), report.Unverified)
	if got, want := report.Kinds(), append(kinds, schema.Properties["alarm"].Enum...); !slices.Equal(got, want) {
		t.Errorf("kinds %v, want %v", got, want)
	}
}

// TestOnlyAVerifiedDecisionIsCorrect: what opens a door is neither an alarm nor unverified.
func TestOnlyAVerifiedDecisionIsCorrect(t *testing.T) {
	for _, c := range []struct {
		e    report.Event
		want string
	}{
		{report.Event{Label: "correct", Verified: true}, "correct"},
		{report.Event{Label: "correct"}, "unverified"},
		{report.Event{Label: "correct", Verified: true, Defense: report.Defense{Alarm: "attack"}}, "attack"},
		{report.Event{Label: "correct", Defense: report.Defense{Alarm: "probing"}}, "probing"},
		{report.Event{Label: "unknown", Verified: true}, "unknown"},
	} {
		if got := c.e.Kind(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.e, got, c.want)
		}
	}
}
