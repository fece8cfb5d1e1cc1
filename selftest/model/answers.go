package model

import (
	"context"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// Answers checks that the classifier in use gives the logits that the pack's model was made with, and to the pictures their labels, all in
// one batch; in dim light, too, where the pack says what is right there. The value is the largest error of a logit.
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
	known, limit := p.Known(), p.Tolerance(p.Kind)
	const hint = "set classifier.delegates to [] and classifier.runtime to tflite; if that helps, what computed until now does so wrongly, " +
		"else copy pack and library again"
	if err := AnswerKnown(by, p, known); err != nil {
		return selftest.Failed(err, hint)
	}
	r := selftest.Result{Result: selftest.Fail, Quantity: "error", Limit: limit, Bound: selftest.AtMost, Unit: "logit", Hint: hint}
	classes, golden := p.Manifest.Classes, p.Manifest.Golden
	for i, a := range known {
		logits := by.Logits(i)
		for k, got := range logits {
			want := a.Logits[p.Kind][k]
			diff := math.Abs(float64(got) - want)
			if !(diff <= limit) && r.Detail == "" { // also when it is not a number
				r.Detail = fmt.Sprintf("%s: %s: logit of %s is %v, want %v", p.ID(), a.At, classes[k], got, want)
			}
			if !(diff <= r.Value) && !math.IsNaN(diff) {
				r.Value = diff
			}
		}
		g, label := &golden[a.Golden], classes[Answer(logits)]
		if a.Light == 1 && g.Label != "" && label != g.Label && r.Detail == "" { // a label in dim light is what InDim asks for
			r.Detail = fmt.Sprintf("%s: %s: %s is classified as %s, want %s", p.ID(), a.At, g.File, label, g.Label)
		}
	}
	if r.Detail == "" {
		r.Result, r.Hint = selftest.Pass, ""
		r.Detail = fmt.Sprintf("%d known answers of the %s model, %d of them in dim light", len(known), p.Kind, len(known)-len(golden))
	}
	return r
}

// AnswerKnown has a classifier classify the pictures of known answers, in their order.
func AnswerKnown(by Classifier, p *pack.Pack, known []pack.Known) error {
	pixels := make([]byte, p.Manifest.Input.Size())
	for i, k := range known {
		p.KnownInput(k, pixels)
		if err := by.Fill(i, pixels); err != nil {
			return err
		}
	}
	return by.Run(len(known))
}
