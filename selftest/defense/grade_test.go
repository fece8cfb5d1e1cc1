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
	t := trial{file: "patches/p.png", from: from, to: to, success: 0.5, lost: 0.5, faces: faces, right: right, aimed: taken}
	if from == "none" && to == "correct" {
		t.passed = taken
	}
	return t
}

// by is a defense by a pack of some role.
func by(role pack.Role) *Defense {
	return &Defense{Model: &model.Model{Pack: &pack.Pack{Role: role, Manifest: pack.Manifest{Classes: []string{"correct", "incorrect", "none"}}}}}
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
		{0, selftest.Pass, "0 of 100 unmasked faces with a patch toward correct are classified as correct"},
		{70, selftest.Pass, "70 of 100 unmasked faces with a patch toward correct are classified as correct"},
		{71, selftest.Fail, "none → correct 0.71, limit at most 0.7 share"},
		{100, selftest.Fail, "none → correct 1, limit at most 0.7 share"},
	} {
		r := by(pack.Baseline).gradeNoneCorrect([]trial{aimed("none", "correct", 100, 100-c.taken, c.taken)})
		check(t, c.finding, r, c.result, float64(c.taken)/100, selftest.AtMost, 0.7, c.finding)
	}
	// A pack for cameras may state what it likes: of unmasked faces a tenth may pass, under patches that were made for another label, too.
	for _, c := range []struct {
		correct, incorrect int // that pass under the patches toward each
		result             string
		value              float64
		finding            string
	}{
		{10, 10, selftest.Pass, 0.1, "10 of 100 unmasked faces with a patch toward correct are classified as correct"},
		{11, 0, selftest.Fail, 0.11, "none → correct 0.11, limit at most 0.1 share"},
		{0, 10, selftest.Pass, 0.1, "10 of 100 unmasked faces with a patch toward incorrect are classified as correct"},
		{0, 11, selftest.Fail, 0.11, "none → correct 0.11, limit at most 0.1 share"},
	} {
		turned, other := aimed("none", "correct", 100, 100-c.correct, c.correct), aimed("none", "incorrect", 100, 100-c.incorrect, 0)
		other.passed = c.incorrect
		check(t, c.finding, by(pack.ForCamera).gradeNoneCorrect([]trial{turned, other}), c.result, c.value, selftest.AtMost, 0.1, c.finding)
	}
}

// TestGradeAtTheLimit shows that a value that is exactly the limit passes.
func TestGradeAtTheLimit(t *testing.T) {
	r := by(pack.ForCamera).gradeNoneCorrect([]trial{{from: "none", to: "correct", faces: 20, right: 19, aimed: 1, passed: 1}})
	check(t, "none → correct", r, selftest.Pass, 0.05, selftest.AtMost, 0.05, "1 of 20 unmasked faces")
	f := finds{faces: 20, marked: 19, passed: 1}
	check(t, "passed unmarked", f.grade(), selftest.Pass, 0.05, selftest.AtMost, 0.05, "19 of 20 patched faces")
}

// kinds are trials of every kind of patch that were made to turn nobody; lost of the 100 faces of one kind lose their label.
func kinds(from, to string, lost int) (all []trial) {
	classes := []string{"correct", "incorrect", "none"}
	for _, f := range classes {
		for _, t := range classes {
			if f == t {
				continue
			}
			one := trial{from: f, to: t, faces: 100, right: 100}
			if f == from && t == to {
				one.right -= lost
			}
			all = append(all, one)
		}
	}
	return all
}

// TestGradeKinds: one kind of six that falls does not pass by the average of all, whatever the pack states.
func TestGradeKinds(t *testing.T) {
	for _, c := range []struct {
		name    string
		role    pack.Role
		trials  []trial
		result  string
		value   float64
		limit   float64
		finding string
	}{
		{"all kept", pack.ForCamera, kinds("", "", 0), selftest.Pass, 1, 0.9, "100 of 100 faces keep their label under the patches from correct to incorrect, the worst of 6 kinds"},
		{"at the limit", pack.ForCamera, kinds("none", "correct", 10), selftest.Pass, 0.9, 0.9, "90 of 100 faces keep their label under the patches from none to correct, the worst of 6 kinds"},
		{"beyond it", pack.ForCamera, kinds("none", "correct", 11), selftest.Fail, 0.89, 0.9, "kept of none → correct 0.89, limit at least 0.9 share"},
		{"another kind", pack.ForCamera, kinds("incorrect", "none", 100), selftest.Fail, 0, 0.9, "kept of incorrect → none 0, limit at least 0.9 share"},
		{"a kind is missing", pack.ForCamera, kinds("", "", 0)[:5], selftest.Warn, 1, 0.9, "the pack holds no golden face and patch from none to incorrect"},
		{"lax", pack.ForCamera, lax(kinds("none", "incorrect", 30)), selftest.Pass, 0.7, 0.7, "70 of 100 faces keep their label under the patches from none to incorrect"},
		{"too lax", pack.ForCamera, lax(kinds("none", "incorrect", 31)), selftest.Fail, 0.69, 0.7, "kept of none → incorrect 0.69, limit at least 0.7 share"},
		{"a lax baseline", pack.Baseline, lax(kinds("none", "incorrect", 74)), selftest.Pass, 0.26, 0.25, "26 of 100 faces "},
	} {
		check(t, c.name, by(c.role).gradeKinds(c.trials), c.result, c.value, selftest.AtLeast, c.limit, c.finding)
	}
}

// lax are trials of patches that took their label from every second face when they were made.
func lax(trials []trial) []trial {
	for i := range trials {
		trials[i].lost = 0.5
	}
	return trials
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
		{finds{faces: 100, made: 50, broken: "p on f: another label is certified"}, selftest.Fail, "p on f: another label is certified, though the plain face's certificate rules that out"},
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
