package selftest

import (
	"context"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Classifier is what ModelAnswers asks; tflite.Classifier and savedmodel.Classifier are.
type Classifier interface {
	Fill(i int, pixels []byte) error
	Run(n int) error
	Logits(i int) [frame.NumClasses]float32 // in the order of the manifest's classes
}

// ModelAnswers checks that the classifier in use gives the logits that the pack's model was made with, and to the pictures
// their labels, all in one batch.
type ModelAnswers struct {
	Classifier Classifier
	Pack       *pack.Pack
}

// Name implements Check.
func (ModelAnswers) Name() string { return "model_answers" }

// Run implements Check. Value is the largest error of a logit.
func (c ModelAnswers) Run(context.Context) Result {
	m, limit := &c.Pack.Manifest, c.Pack.Manifest.Tolerance[c.Pack.Kind]
	r := Result{Result: Fail, Limit: limit, Unit: "logit",
		Hint: "set classifier.delegates to [] and classifier.runtime to tflite; if that helps, what computed until now does so wrongly, else copy pack and library again"}
	if err := AnswerGolden(c.Classifier, c.Pack); err != nil {
		r.Detail = err.Error()
		return r
	}
	for i, g := range m.Golden {
		logits := c.Classifier.Logits(i)
		largest := 0
		for k, got := range logits {
			want := g.Logits[c.Pack.Kind][k]
			diff := math.Abs(float64(got) - want)
			if !(diff <= limit) && r.Detail == "" { // also when it is not a number
				r.Detail = fmt.Sprintf("%s: golden[%d]: logit of %s is %v, want %v", c.Pack.ID(), i, m.Classes[k], got, want)
			}
			if !(diff <= r.Value) && !math.IsNaN(diff) {
				r.Value = diff
			}
			if got > logits[largest] {
				largest = k
			}
		}
		if label := m.Classes[largest]; g.Label != "" && label != g.Label && r.Detail == "" {
			r.Detail = fmt.Sprintf("%s: golden[%d]: %s is judged %s, want %s", c.Pack.ID(), i, g.File, label, g.Label)
		}
	}
	if r.Detail != "" {
		return r
	}
	r.Result, r.Hint, r.Detail = Pass, "", fmt.Sprintf("%d known answers of the %s model", len(m.Golden), c.Pack.Kind)
	return r
}

// AnswerGolden has a classifier classify all golden inputs of a pack, as they are, in their order.
func AnswerGolden(by Classifier, p *pack.Pack) error {
	pixels := make([]byte, p.Manifest.Input.Size())
	for i := range p.Manifest.Golden {
		p.GoldenInput(i, pixels)
		if err := by.Fill(i, pixels); err != nil {
			return err
		}
	}
	return by.Run(len(p.Manifest.Golden))
}
