package deep

import (
	"fmt"
	"slices"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/selftest"
)

// half of the faces must keep their label where the pack has no figures.
const half = 0.5

const unknown = "take a pack whose evaluation.json has figures: without them nobody can say whether the network is as strong as when it was made"

const weaker = "do not trust this camera: its network withstands less than when it was made; see model_answers, deep_runtime and smoothing first"

// compare compares the outcomes of an attack with the pack's figures. Value is the share of the faces that keep their label behind the
// smoothing, under both ways to attack.
func (s *Suite) compare(name string, o *outcomes, published figures) selftest.Result {
	behind, n := o.behind(), len(s.faces.bytes)
	taken, of := s.noneCorrect(behind)
	share := float64(taken) / float64(max(1, of))
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "accuracy", Value: behind.Accuracy(), Unit: "share", Detail: s.describe(name, o), Pictures: o.pictures,
	}
	fails := func(format string, args ...any) selftest.Result {
		r.Result, r.Hint = selftest.Fail, weaker
		r.Detail = fmt.Sprintf(format, args...) + "; " + r.Detail
		return r
	}
	if !published.behind.known {
		r.Detail += "; the pack has no figure to compare with"
		if behind.Accuracy() < half || taken > 0 {
			r.Result, r.Hint = selftest.Warn, unknown
		}
		return r
	}
	r.Bound, r.Limit = selftest.AtLeast, published.behind.least(n)
	if r.Value < r.Limit {
		return fails("behind the smoothing too few faces keep their label")
	}
	if least := published.alone.least(n); published.alone.known && o.alone.Accuracy() < least {
		return fails("by the network alone %.2f of the faces keep their label, at least %.2f must", o.alone.Accuracy(), least)
	}
	if most := published.noneCorrect.most(of); published.noneCorrect.known && share > most {
		return fails("%.2f of the unmasked faces are taken for correct, at most %.2f may be", share, most)
	}
	if r.Limit == 0 {
		r.Result = selftest.Warn
		r.Detail += fmt.Sprintf("; the pack's own figure, %.2f, is so low that this cannot fail", published.behind.value)
		r.Hint = "take a pack that was trained against attacks"
	}
	return r
}

// noneCorrect is how many of the unmasked faces were taken for correct.
func (s *Suite) noneCorrect(o suite.Outcome) (taken, of int) {
	classes := s.Pack.Manifest.Classes
	return o.Taken(slices.Index(classes, none), slices.Index(classes, correct))
}

// describe gives the outcomes in words, and which way to attack was worse.
func (s *Suite) describe(name string, o *outcomes) string {
	behind := o.behind()
	worse := "neither is worse"
	switch transfer, adaptive := o.transfer.Kept(), o.adaptive.Kept(); {
	case adaptive < transfer:
		worse = "the latter is worse"
	case transfer < adaptive:
		worse = "the former is worse"
	}
	taken, of := s.noneCorrect(behind)
	alone, _ := s.noneCorrect(o.alone)
	return fmt.Sprintf("%s: %d of %s keep their label behind the smoothing (%d if made against the network, %d if against both: %s), %d by the network alone; "+
		"none → correct: %d of %d behind the smoothing, %d by the network alone (seed %d)",
		name, behind.Kept(), s.describeFaces(), o.transfer.Kept(), o.adaptive.Kept(), worse, o.alone.Kept(),
		taken, of, alone, s.seed)
}
