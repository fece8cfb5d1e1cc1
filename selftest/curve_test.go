package selftest_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/selftest"
)

func TestArea(t *testing.T) {
	for _, c := range []struct {
		points []selftest.Point
		want   float64
	}{
		{[]selftest.Point{{Accuracy: 1}, {Strength: 4, Accuracy: 1}}, 1},
		{[]selftest.Point{{Accuracy: 1}, {Strength: 16}}, 0.5},
		{[]selftest.Point{{Accuracy: 1}, {Strength: 4, Accuracy: 0.5}, {Strength: 16}}, 0.375},
		{[]selftest.Point{{Strength: 1, Accuracy: 0.5}, {Strength: 2}}, 0.25},
	} {
		if got := (&selftest.Curve{Points: c.points}).Area(); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: area %v, want %v", c.points, got, c.want)
		}
	}
}

// The report's JSON carries the curves; scripts read these keys.
func TestCurvesInReport(t *testing.T) {
	r := &selftest.Report{}
	results := []selftest.Result{{Name: "deep_curve", Result: selftest.Pass, Curves: []selftest.Curve{{
		Check: "deep_curve", Name: "network alone", Unit: "255ths", Faces: 24, Unmasked: 8, Points: []selftest.Point{{Strength: 4, Accuracy: 0.75, NoneCorrect: 0.125}},
	}}}}
	r.Complete(results, selftest.Summarize(results))
	text, err := json.Marshal(r)
	const want = `"curves":[{"check":"deep_curve","name":"network alone","unit":"255ths","faces":24,"bare":8,"points":[{"strength":4,"accuracy":0.75,"none_correct":0.125}]}]`
	if err != nil || !strings.Contains(string(text), want) {
		t.Errorf("%v, got %s", err, text)
	}
}
