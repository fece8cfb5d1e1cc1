package selftest

import (
	"context"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Classifier is what ModelAnswers asks; tflite.Classifier is one.
type Classifier interface {
	Fill(i int, pixels []byte) error
	Run(n int) error
	Logits(i int) [frame.NumClasses]float32 // in the order of the manifest's classes
}

// ModelAnswers checks that the classifier in use gives the logits that the pack was made with, all in one batch.
type ModelAnswers struct {
	Classifier Classifier
	Pack       *pack.Pack
}

// Name implements Check.
func (ModelAnswers) Name() string { return "model_answers" }

// Run implements Check. Value is the largest error of a logit.
func (c ModelAnswers) Run(context.Context) Result {
	m := &c.Pack.Manifest
	r := Result{Result: Fail, Limit: m.Tolerance, Unit: "logit", Hint: "try the delegate none; if that passes, the accelerator computes wrongly"}
	pixels := make([]byte, m.Input.Size())
	for i, g := range m.Golden {
		pack.GoldenInput(g.Seed, pixels)
		if err := c.Classifier.Fill(i, pixels); err != nil {
			r.Detail = err.Error()
			return r
		}
	}
	if err := c.Classifier.Run(len(m.Golden)); err != nil {
		r.Detail = err.Error()
		return r
	}
	for i, g := range m.Golden {
		for k, got := range c.Classifier.Logits(i) {
			diff := math.Abs(float64(got) - g.Logits[k])
			if !(diff <= m.Tolerance) && r.Detail == "" { // also when it is not a number
				r.Detail = fmt.Sprintf("%s: golden[%d]: logit of %s is %v, want %v", c.Pack.ID(), i, m.Classes[k], got, g.Logits[k])
			}
			if !(diff <= r.Value) && !math.IsNaN(diff) {
				r.Value = diff
			}
		}
	}
	if r.Detail != "" {
		return r
	}
	r.Result, r.Hint, r.Detail = Pass, "", fmt.Sprintf("%d known answers", len(m.Golden))
	return r
}
