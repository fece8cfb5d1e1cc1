package defense

import (
	"math"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// aimed are trials of a patch that succeeded with one half of 100 faces when it was made; the rates allow 0.70 of them, and 0.75 of all.
func aimed(from, to string, faces, right, taken int) trial {
	return trial{file: "patches/p.png", from: from, to: to, success: 0.5, faces: faces, right: right, aimed: taken}
}

// check compares a grade with what is wanted; it has a hint only where something is wrong.
func check(t *testing.T, name string, r selftest.Result, result string, value float64, bound selftest.Bound, limit float64, finding string) {
	t.Helper()
	if r.Result != result || math.Abs(r.Value-value) > 1e-9 || r.Bound != bound || math.Abs(r.Limit-limit) > 1e-3 || !strings.HasPrefix(r.Finding(), finding) ||
		(result == selftest.Pass || r.Result == selftest.Skipped) != (r.Hint == "") {
		t.Errorf("%s: got %+v (%s), want %s, %v, %s %v, %s", name, r, r.Finding(), result, value, bound, limit, finding)
	}
}

func TestGradeAccuracy(t *testing.T) {
	for _, c := range []struct {
		name    string
		trials  []trial
		result  string
		value   float64
		finding string
	}{
		{"all kept", []trial{aimed("none", "correct", 100, 100, 0)}, selftest.Pass, 1, "100 of 100 faces with 1 patches keep their label"},
		{"at the limit", []trial{aimed("none", "incorrect", 100, 25, 70)}, selftest.Pass, 0.25, "25 of 100 faces "},
		{"fewer kept", []trial{aimed("none", "incorrect", 100, 24, 70)}, selftest.Fail, 0.24, "accuracy 0.24, limit at least 0.25 share"},
		{"one patch at its limit", []trial{aimed("none", "incorrect", 100, 30, 70)}, selftest.Pass, 0.3, "30 of 100 faces "},
		{"one patch above it", []trial{aimed("none", "incorrect", 100, 29, 71)}, selftest.Fail, 0.29, "patches/p.png turns 0.71 of the faces, at most 0.70 are allowed"},
	} {
		check(t, c.name, gradeAccuracy(c.trials), c.result, c.value, selftest.AtLeast, 0.25, c.finding)
	}
	two := []trial{aimed("none", "correct", 50, 50, 0), aimed("correct", "none", 50, 0, 50)}
	two[1].file = "patches/q.png"
	check(t, "the worst patch is named", gradeAccuracy(two), selftest.Fail, 0.5, selftest.AtLeast, 0.25, "patches/q.png turns 1.00 of the faces, at most 0.76 are allowed")
}

func TestGradeNoneCorrect(t *testing.T) {
	for _, c := range []struct {
		taken   int
		result  string
		finding string
	}{
		{0, selftest.Pass, "0 of 100 unmasked faces with a patch are classified as correct"},
		{70, selftest.Pass, "70 of 100 unmasked faces with a patch are classified as correct"},
		{71, selftest.Fail, "none → correct 0.71, limit at most 0.7 share"},
		{100, selftest.Fail, "none → correct 1, limit at most 0.7 share"},
	} {
		r := gradeNoneCorrect([]trial{aimed("none", "correct", 100, 100-c.taken, c.taken)})
		check(t, c.finding, r, c.result, float64(c.taken)/100, selftest.AtMost, 0.7, c.finding)
	}
}

// TestGradeAtTheLimit shows that a value that is exactly the limit passes.
func TestGradeAtTheLimit(t *testing.T) {
	r := gradeNoneCorrect([]trial{{from: "none", to: "correct", faces: 20, right: 19, aimed: 1}})
	check(t, "none → correct", r, selftest.Pass, 0.05, selftest.AtMost, 0.05, "1 of 20 unmasked faces")
	f := finds{faces: 20, marked: 19, passed: 1}
	check(t, "passed unmarked", f.grade(), selftest.Pass, 0.05, selftest.AtMost, 0.05, "19 of 20 patched faces")
}

func TestGradeLive(t *testing.T) {
	for _, c := range []struct {
		right   int
		result  string
		finding string
	}{
		{25, selftest.Pass, "25 of 100 patched faces of 2 in view keep their label, 60 unmasked ones are taken for correct"},
		{24, selftest.Fail, "accuracy 0.24, limit at least 0.25 share"},
	} {
		r := gradeLive([]trial{aimed("none", "correct", 60, c.right, 60), aimed("correct", "none", 40, 0, 40)}, 2)
		check(t, c.finding, r, c.result, float64(c.right)/100, selftest.AtLeast, 0.25, c.finding)
	}
}

func TestGradeDetected(t *testing.T) {
	for _, c := range []struct {
		f       finds
		result  string
		finding string
	}{
		{finds{faces: 100, marked: 30, passed: 70, made: 50}, selftest.Pass, "30 of 100 patched faces are suspected or not certified, 70 pass with another label"},
		{finds{faces: 100, marked: 29, passed: 71, made: 50}, selftest.Fail, "passed unmarked 0.71, limit at most 0.7 share"},
		{finds{faces: 100, made: 50, broken: "p on f"}, selftest.Fail, "p on f: another label is certified, though the plain face's certificate rules that out"},
	} {
		check(t, c.finding, c.f.grade(), c.result, float64(c.f.passed)/100, selftest.AtMost, 0.7, c.finding)
	}
}

func TestGradeSqueezing(t *testing.T) {
	for _, c := range []struct {
		flagged, strange int
		result           string
		finding          string
	}{
		{11, 3, selftest.Pass, "11 of 100 golden faces and 3 of 4 blends exceed 0.02, as by the definition"},
		{12, 3, selftest.Fail, "flagged faces 0.12, limit at most 0.115 share"},
		{0, 0, selftest.Warn, "0 of 100 golden faces and 0 of 4 blends exceed 0.02, as by the definition"},
	} {
		stated := &pack.Squeezing{FalsePositiveRate: 0.05, Threshold: 0.02}
		of := &Defense{Model: &model.Model{Pack: &pack.Pack{Manifest: pack.Manifest{Squeezing: stated}}}}
		s := squeezed{Defense: of, Squeezing: stated, faces: 100, flagged: c.flagged, blends: 4, strange: c.strange}
		check(t, c.finding, s.grade(), c.result, float64(c.flagged)/100, selftest.AtMost, 0.115, c.finding)
	}
}
