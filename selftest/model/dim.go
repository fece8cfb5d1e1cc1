package model

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// InDim checks that golden faces keep their label in dim light. Answers holds the classifier to the logits that the pack was signed with; this
// asks whether they are right. The value is the share of the class and light that keeps fewest.
func InDim(m *Model) selftest.Check {
	return selftest.Check{
		Name: "model_dim", Severity: selftest.Fault, Strength: true,
		Asks:   "how many golden faces of each class keep their label in dim light, at 0.35 and 0.25 of their pixels?",
		Remedy: "see `model_answers` first; else the pack is weak in the dark: light the place, or take a pack that is not",
		Needs:  []selftest.Need{{Name: "a pack with known answers in dim light", Lacks: m.noDim}},
		Run:    func(context.Context, uint64) selftest.Result { return m.inDim() },
	}
}

func (m *Model) noDim() string {
	for _, g := range m.Pack.Manifest.Golden {
		if g.File != "" && len(g.Dim) > 0 {
			return ""
		}
	}
	return "the pack holds no known answers of faces in dim light"
}

func (m *Model) inDim() selftest.Result {
	const hint = "see model_answers first; else this pack is weak in the dark: light the place, or take a newer pack"
	faces := m.dimFaces()
	if err := AnswerKnown(m.Classifier, m.Pack, faces); err != nil {
		return selftest.Failed(err, hint)
	}
	golden, classes, lights := m.Pack.Manifest.Golden, m.Pack.Manifest.Classes, pack.DimLights()
	type group struct {
		label string
		light float64
	}
	asked, right := map[group]int{}, map[group]int{}
	kept := 0
	for i, k := range faces {
		label := golden[k.Golden].Label
		asked[group{label, k.Light}]++
		if classes[Answer(m.Classifier.Logits(i))] == label {
			right[group{label, k.Light}]++
			kept++
		}
	}
	least, worst := 2.0, group{}
	for _, label := range classes {
		for _, light := range lights {
			g := group{label, light}
			if share := float64(right[g]) / float64(max(1, asked[g])); share < least { // a class without a face keeps none
				least, worst = share, g
			}
		}
	}
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "kept in dim light", Value: least, Bound: selftest.AtLeast, Limit: m.Pack.LeastInDim(), Unit: "share",
		Detail: fmt.Sprintf("%d of %d golden faces keep their label in dim light, fewest of %s at %g of the light: %d of %d",
			kept, len(faces), worst.label, worst.light, right[worst], asked[worst]),
	}
	if r.Value < r.Limit {
		r.Result, r.Hint = selftest.Fail, hint
	}
	return r
}

// dimFaces are the known answers of faces in dim light.
func (m *Model) dimFaces() (faces []pack.Known) {
	for _, k := range m.Pack.Known() {
		if k.Light != 1 && m.Pack.Manifest.Golden[k.Golden].File != "" {
			faces = append(faces, k)
		}
	}
	return faces
}
