package model

import (
	"context"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// Answers checks that the classifier in use gives the logits that the pack's model was made with, and to the pictures their labels, all in
// one batch. The value is the largest error of a logit.
func Answers(m *Model) selftest.Check {
	return selftest.Check{
		Name: "model_answers", Severity: selftest.Vital,
		Asks: "does the model in use give the logits and labels that it was signed with?",
		Remedy: "set `classifier.delegates: []` and `classifier.runtime: tflite`; if that helps, what computed until now does so wrongly, " +
			"else copy pack and library again",
		Run: func(context.Context, uint64) selftest.Result { return Known(m.Pack, m.Classifier) },
	}
}

// Known says whether a classifier gives a pack's known answers.
func Known(p *pack.Pack, by Classifier) selftest.Result {
	known, limit := &p.Manifest, p.Tolerance(p.Kind)
	const hint = "set classifier.delegates to [] and classifier.runtime to tflite; if that helps, what computed until now does so wrongly, " +
		"else copy pack and library again"
	if err := AnswerGolden(by, p); err != nil {
		return selftest.Failed(err, hint)
	}
	r := selftest.Result{Result: selftest.Fail, Quantity: "error", Limit: limit, Bound: selftest.AtMost, Unit: "logit", Hint: hint}
	for i, g := range known.Golden {
		logits := by.Logits(i)
		for k, got := range logits {
			want := g.Logits[p.Kind][k]
			diff := math.Abs(float64(got) - want)
			if !(diff <= limit) && r.Detail == "" { // also when it is not a number
				r.Detail = fmt.Sprintf("%s: golden[%d]: logit of %s is %v, want %v", p.ID(), i, known.Classes[k], got, want)
			}
			if !(diff <= r.Value) && !math.IsNaN(diff) {
				r.Value = diff
			}
		}
		if label := known.Classes[Answer(logits)]; g.Label != "" && label != g.Label && r.Detail == "" {
			r.Detail = fmt.Sprintf("%s: golden[%d]: %s is classified as %s, want %s", p.ID(), i, g.File, label, g.Label)
		}
	}
	if r.Detail == "" {
		r.Result, r.Hint, r.Detail = selftest.Pass, "", fmt.Sprintf("%d known answers of the %s model", len(known.Golden), p.Kind)
	}
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
