package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/selftest/shippedtest"
)

// nightBlind shows the classifier black in place of what is dark.
type nightBlind struct{ model.Classifier }

func (n nightBlind) Fill(i int, pixels []byte) error {
	if slices.Max(pixels) < 100 {
		pixels = make([]byte, len(pixels))
	}
	return n.Classifier.Fill(i, pixels)
}

// TestAnswersInDimLight holds a classifier to its answers in dim light, where the pack knows them.
func TestAnswersInDimLight(t *testing.T) {
	for _, kind := range pack.Kinds() {
		u := shippedtest.Open(t, kind)
		check, good := model.Answers(u.Model), u.Model.Classifier
		u.LearnDim(t)
		expect(t, run(t, check), selftest.Pass, "84 known answers of the "+string(kind)+" model, 56 of them in dim light")
		u.Model.Classifier = nightBlind{good}
		r := run(t, check)
		expect(t, r, selftest.Fail, ".dim[0]: logit of ")
		if r.Value < 3*r.Limit {
			t.Errorf("%s: the error is %v, want at least three times %v", kind, r.Value, r.Limit)
		}
		forget(u)
		expect(t, run(t, check), selftest.Pass, "28 known answers of the "+string(kind)+" model, 0 of them in dim light")
	}
}

// forget makes the pack one of those that hold no answers in dim light.
func forget(u *shippedtest.Unit) {
	for i := range u.Pack.Manifest.Golden {
		u.Pack.Manifest.Golden[i].Dim = nil
	}
}

// scripted answers in the order of its labels.
type scripted struct {
	model.Classifier
	labels []int
}

func (scripted) Fill(int, []byte) error { return nil }
func (scripted) Run(int) error          { return nil }

func (s scripted) Logits(i int) (logits [frame.NumClasses]float32) {
	logits[s.labels[i]] = 1
	return logits
}

// TestInDimLight allows two of eight faces of each class to lose their label in each light.
func TestInDimLight(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	check, good := model.InDim(u.Model), u.Model.Classifier
	u.LearnDim(t)
	faces := model.GoldenFaces(u.Pack)
	lose := func(label string, light, n int) scripted {
		var labels []int
		for k := range pack.DimLights() {
			left := n
			for _, i := range faces {
				class := slices.Index(u.Pack.Manifest.Classes, u.Pack.Manifest.Golden[i].Label)
				if k == light && u.Pack.Manifest.Golden[i].Label == label && left > 0 {
					left, class = left-1, (class+1)%frame.NumClasses
				}
				labels = append(labels, class)
			}
		}
		return scripted{good, labels}
	}
	for _, c := range []struct {
		label    string
		light, n int
		result   string
		value    float64
		detail   string
	}{
		{"none", 0, 0, selftest.Pass, 1, "48 of 48 golden faces keep their label in dim light, fewest of correct at 0.35 of the light: 8 of 8"},
		{"none", 1, 2, selftest.Pass, 0.75, "46 of 48 golden faces keep their label in dim light, fewest of none at 0.25 of the light: 6 of 8"},
		{"incorrect", 0, 3, selftest.Fail, 0.625, "45 of 48 golden faces keep their label in dim light, fewest of incorrect at 0.35 of the light: 5 of 8"},
	} {
		u.Model.Classifier = lose(c.label, c.light, c.n)
		r := run(t, check)
		expect(t, r, c.result, c.detail)
		if r.Value != c.value || r.Limit != 0.75 || r.Bound != selftest.AtLeast {
			t.Errorf("got %+v", r)
		}
		if finding := r.Finding(); c.result == selftest.Fail && !strings.HasPrefix(finding, "kept in dim light 0.625, limit at least 0.75 share") {
			t.Errorf("the finding is %q", finding)
		}
	}
	u.Model.Classifier = nightBlind{good}
	expect(t, run(t, check), selftest.Fail, "16 of 48 golden faces keep their label in dim light, fewest of ")
	u.Pack.Role = pack.Baseline
	expect(t, run(t, check), selftest.Pass, "16 of 48 ")
	forget(u)
	if r := run(t, check); r.Result != selftest.Skipped || !r.NotApplicable || r.Detail != "the pack holds no known answers of faces in dim light" {
		t.Errorf("got %+v", r)
	}
}
