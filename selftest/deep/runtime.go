package deep

import (
	"context"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// Runtime checks that the network that is attacked is the one that classifies: that its answers to the golden inputs are the manifest's, and
// differ from the classifier's in use by what the manifest says the two models differ by.
// The value is the largest error of a logit of the SavedModel's.
func Runtime(s *Suite) selftest.Check {
	return s.check(selftest.Check{
		Name:   "deep_runtime",
		Asks:   "are the SavedModel's logits the manifest's known answers, and does the classifier in use agree?",
		Remedy: "copy the pack again: attacks on another network say nothing about the one in use",
	}, s.runtime)
}

func (s *Suite) runtime(ctx context.Context) selftest.Result {
	p := s.Pack
	m := &p.Manifest
	r := selftest.Result{
		Result: selftest.Fail, Quantity: "error", Bound: selftest.AtMost, Limit: p.Tolerance(pack.Float32), Unit: "logit",
		Hint: "copy the whole pack again; attacks on another network than the one in use say nothing about it",
	}
	known := p.Known()
	own, err := s.own(ctx, known)
	if err != nil {
		r.Detail = err.Error()
		return r
	}
	used := s.Classifier
	if err := model.AnswerKnown(used, p, known); err != nil {
		r.Detail = err.Error()
		return r
	}
	apart := p.Tolerance(pack.Float32) + p.Tolerance(p.Kind)
	for i, a := range known {
		answered := used.Logits(i)
		for k, got := range own[i*attack.Classes : (i+1)*attack.Classes] {
			want := a.Logits[pack.Float32][k]
			diff := math.Abs(float64(got) - want)
			if !(diff <= r.Limit) && r.Detail == "" { // also when it is not a number
				r.Detail = fmt.Sprintf("%s: the SavedModel's logit of %s is %v, want %v", a.At, m.Classes[k], got, want)
			}
			if diff > r.Value {
				r.Value = diff
			}
			models := a.Logits[p.Kind][k] - want // what the classifier's model differs by
			if d := math.Abs(float64(answered[k]) - float64(got) - models); !(d <= apart) && r.Detail == "" {
				r.Detail = fmt.Sprintf("%s: the classifier in use says %v for %s, the SavedModel %v: want %v more, within %.2g",
					a.At, answered[k], m.Classes[k], got, models, apart)
			}
		}
	}
	if r.Detail == "" {
		r.Result, r.Hint = selftest.Pass, ""
		r.Detail = fmt.Sprintf("the SavedModel gives %d known answers, and the %s model in use agrees", len(known), p.Kind)
	}
	return r
}

// own are the SavedModel's logits of the pictures of known answers, [n, classes].
func (s *Suite) own(ctx context.Context, known []pack.Known) ([]float32, error) {
	p := s.Pack
	input := make([]byte, p.Manifest.Input.Size())
	var images []float32
	for _, k := range known {
		p.KnownInput(k, input)
		images = suite.AppendValues(images, input)
	}
	logits := make([]float32, len(known)*attack.Classes)
	return logits, suite.Cancelable(ctx, s.Network).Logits(images, logits)
}
