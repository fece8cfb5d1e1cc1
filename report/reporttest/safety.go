package reporttest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// Event is a decision about which there is nothing to say besides its label.
func Event() report.Event {
	return report.Event{
		ID: "door-i1-1", Seq: 1, Time: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), Device: "door", Camera: "entrance", Track: 3,
		Label: "none", Verified: true, Model: "maskwarden@1:0123abcd",
	}
}

// CheckFields fails for each of report.SafetyFields of which an interface shows nothing: two events that differ in it look the same there.
// What an interface cannot know is an exception.
func CheckFields(t testing.TB, what string, show func(report.Event) string, exceptions ...string) {
	t.Helper()
	for _, field := range report.SafetyFields() {
		if slices.Contains(exceptions, field) {
			continue
		}
		a, b := pair(t, field)
		if one, other := show(a), show(b); one == other {
			t.Errorf("%s does not show %s: %.500q, whether it is set or not", what, field, one)
		}
	}
}

// pair are two events that differ in one field.
func pair(t testing.TB, field string) (a, b report.Event) {
	t.Helper()
	a = Event()
	other := map[string]any{
		"label": "correct", "reason": "too_small", "verified": false, "certified": "recovery", "never_correct": true, "recovered": "correct", "alarm": "attack",
		"suspected": true, "suspicion": []string{"squeeze_differs"},
	}
	value, ok := other[field]
	if !ok {
		value = "x" // a new field: what shows it knows its words, and they belong here
	}
	change := map[string]any{field: value}
	switch field { // neither comes without the other
	case "suspected":
		change["suspicion"] = []string{"masks_disagree"}
	case "suspicion":
		a.Suspected, a.Suspicion = true, []string{"masks_disagree"}
	}
	data, err := json.Marshal(change)
	if err != nil {
		t.Fatal(err)
	}
	b = a
	b.Suspicion = nil
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatalf("an event with %v: %v", slices.Collect(maps.Keys(change)), err)
	}
	if b.Suspicion == nil {
		b.Suspicion = a.Suspicion
	}
	if reflect.DeepEqual(a, b) {
		t.Errorf("an event has no %s", field)
	}
	return a, b
}
