package deep

import (
	"math"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// attacked is a suite with so many faces; their labels are those of lose.
func attacked(n int) *Suite {
	p := &pack.Pack{Manifest: pack.Manifest{Classes: []string{correct, "incorrect", none}}}
	return &Suite{Pack: p, faces: &faces{bytes: make([][]byte, n), golden: n}, seed: 1}
}

// lose is an outcome of n faces, of which the last are unmasked. The last lose their label, some of them to correct.
func lose(n, lost, taken, unmasked int) suite.Outcome {
	o := suite.Outcome{Labels: make([]int, n), Answered: make([][attack.Classes]bool, n)}
	for i := range n {
		left := n - 1 - i
		if left < unmasked {
			o.Labels[i] = 2
		}
		o.Answered[i][o.Labels[i]] = left >= lost
		o.Answered[i][1] = left < lost && left >= taken
		o.Answered[i][0] = o.Answered[i][0] || left < taken
	}
	return o
}

func TestCompare(t *testing.T) {
	known := figures{figure{0.5, true}, figure{0.75, true}, figure{0.1, true}} // of 24 faces 10 alone, 16 behind; of 8 unmasked ones 1
	for _, c := range []struct {
		name                     string
		published                figures
		alone, transfer, adapted suite.Outcome
		result                   string
		limit                    float64
		detail                   string
	}{
		{"as made", known, lose(24, 14, 0, 8), lose(24, 8, 1, 8), lose(24, 7, 0, 8), "pass", 0.6616,
			"PGD: 16 of 24 golden faces keep their label behind the smoothing (16 if made against the network, 17 if against both: the former is worse), " +
				"10 by the network alone; none → correct: 1 of 8 behind the smoothing, 0 by the network alone (seed 1)"},
		{"behind too few", known, lose(24, 0, 0, 8), lose(24, 0, 0, 8), lose(24, 9, 0, 8), "fail", 0.6616,
			"behind the smoothing too few faces keep their label; PGD: 15 of 24 golden faces"},
		{"alone too few", known, lose(24, 15, 0, 8), lose(24, 0, 0, 8), lose(24, 0, 0, 8), "fail", 0.6616,
			"by the network alone 0.38 of the faces keep their label, at least 0.40 must; PGD: 24 of 24"},
		{"too many pass", known, lose(24, 0, 0, 8), lose(24, 2, 2, 8), lose(24, 0, 0, 8), "fail", 0.6616,
			"0.25 of the unmasked faces are taken for correct, at most 0.21 may be; PGD: 22 of 24"},
		{"no figure, strong", figures{}, lose(24, 24, 8, 8), lose(24, 12, 0, 8), lose(24, 12, 0, 8), "pass", 0, "neither is worse), 0 by the network alone"},
		{"no figure, weak", figures{}, lose(24, 0, 0, 8), lose(24, 13, 0, 8), lose(24, 0, 0, 8), "warn", 0, "; the pack has no figure to compare with"},
		{"no figure, one taken for correct", figures{}, lose(24, 0, 0, 8), lose(24, 1, 1, 8), lose(24, 0, 0, 8), "warn", 0, "; the pack has no figure to compare with"},
		{"cannot fail", figures{behind: figure{0.03, true}}, lose(24, 24, 8, 8), lose(24, 24, 8, 8), lose(24, 24, 8, 8), "warn", 0,
			"; the pack's own figure, 0.03, is so low that this cannot fail"},
	} {
		r := attacked(24).compare("PGD", &outcomes{alone: c.alone, transfer: c.transfer, adaptive: c.adapted}, c.published)
		if r.Result != c.result || math.Abs(r.Limit-c.limit) > 1e-4 || !strings.Contains(r.Detail, c.detail) || (r.Result == selftest.Pass) != (r.Hint == "") {
			t.Errorf("%s: got %+v", c.name, r)
		}
	}
}

func TestFigures(t *testing.T) {
	one := func(strength, accuracy, noneCorrect float64) pack.Measures {
		return pack.Measures{{Strength: strength, Accuracy: accuracy, NoneCorrect: noneCorrect}}
	}
	e := &pack.Evaluation{
		Alone:    pack.Robustness{FGSM: one(8, 0.5, 0), Worst: one(8, 0.4, 0.2), Patches: one(0.02, 0.6, 0.04)},
		Smoothed: pack.Robustness{Patches: one(0.02, 0.7, 0.01)},
	}
	if got, want := linf(8, e, func(r *pack.Robustness) pack.Measures { return r.FGSM }), (figures{figure{0.5, true}, figure{0.5, true}, figure{0.2, true}}); got != want {
		t.Errorf("got %v, want %v: what was measured on the network alone stands for both", got, want)
	}
	if got, want := patched(0.02, e), (figures{figure{0.6, true}, figure{0.7, true}, figure{0.04, true}}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := patched(0.05, e); got != (figures{}) {
		t.Errorf("got %v, want none", got)
	}
}

func TestCompareCurves(t *testing.T) {
	curve := func(name string, accuracy ...float64) *selftest.Curve {
		c := &selftest.Curve{Name: name, Faces: 24, Unmasked: 8}
		for i, a := range accuracy {
			c.Points = append(c.Points, selftest.Point{Strength: float64(4 * i), Accuracy: a})
		}
		return c
	}
	known := []figures{{figure{1, true}, figure{1, true}, figure{}}, {figure{0.5, true}, figure{0.5, true}, figure{}}, {figure{0, true}, figure{0, true}, figure{}}}
	for _, c := range []struct {
		name          string
		alone, behind *selftest.Curve
		published     []figures
		result        string
		value, limit  float64
		detail        string
	}{
		{"as made", curve(alone, 1, 0.5, 0), curve(behind, 1, 0.75, 0.25), known, "pass", 0.6875, 0.449, "24 golden faces keep their label at 0, 4, 8/255: "},
		{"alone too few", curve(alone, 1, 0.375, 0), curve(behind, 1, 0.75, 0), known, "fail", 0.625, 0.449,
			"network alone, 0.38 of the faces keep their label at 4/255, at least 0.40 must; 24 "},
		{"behind too few", curve(alone, 1, 0.5, 0), curve(behind, 0.96, 0.75, 0), known, "fail", 0.615, 0.449,
			"behind the smoothing, 0.96 of the faces keep their label at 0/255, at least 1.00 must; "},
		{"rises", curve(alone, 1, 0.5, 0.625), curve(behind, 1, 0.75, 0), known, "fail", 0.625, 0.449,
			"network alone, accuracy rises from 0.50 at 4/255 to 0.62 at 8/255: the gradients mislead; "},
		{"rises within noise", curve(alone, 1, 0.5, 0.58), curve(behind, 1, 0.75, 0), known, "pass", 0.625, 0.449, ""},
		{"no figures, strong", curve(alone, 1, 0.5, 0), curve(behind, 1, 0.75, 0), make([]figures, 3), "pass", 0.625, 0, "; the pack has no figures to compare with"},
		{"no figures, weak", curve(alone, 1, 0.5, 0), curve(behind, 1, 0.25, 0), make([]figures, 3), "warn", 0.375, 0, "; the pack has no figures to compare with"},
	} {
		r := attacked(24).compareCurves(c.alone, c.behind, c.published)
		if r.Result != c.result || math.Abs(r.Value-c.value) > 1e-9 || math.Abs(r.Limit-c.limit) > 1e-3 || !strings.Contains(r.Detail, c.detail) ||
			(r.Result == selftest.Pass) != (r.Hint == "") {
			t.Errorf("%s: got %+v", c.name, r)
		}
	}
}
