package cli

import (
	"math"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

func TestAttackPlanErrors(t *testing.T) {
	for _, c := range []struct {
		cmd  attackCmd
		want string
	}{
		{attackCmd{Method: "deepfool"}, `--method: "deepfool", want one of fgsm, bim, pgd, cw, patch, square`},
		{attackCmd{Method: "pgd", Strength: []float64{4, 0}}, "--strength: 0, want above 0, at most 255 (255ths of a pixel's range)"},
		{attackCmd{Method: "square", Strength: []float64{256}}, "--strength: 256, want above 0, at most 255 (255ths of a pixel's range)"},
		{attackCmd{Method: "patch", Strength: []float64{0.6}}, "--strength: 0.6, want above 0, at most 0.5 (share of the picture's area)"},
		{attackCmd{Method: "cw", Strength: []float64{math.NaN()}}, "--strength: NaN, want above 0, at most 100 (L2 distance)"},
		{attackCmd{Method: "pgd", From: "masked"}, `--from: "masked", want correct, incorrect or none`},
		{attackCmd{Method: "pgd", To: "unknown"}, `--to: "unknown", want correct, incorrect or none`},
		{attackCmd{Method: "pgd", From: "none", To: "none"}, "--from and --to are both none: want another label to attack towards"},
		{attackCmd{Method: "pgd", Limit: -1}, "--limit: -1, want 1 or more, or 0 for all"},
		{attackCmd{Method: "pgd", Universal: true}, "--universal: only patches can be made for all faces, want --method patch, not pgd"},
		{attackCmd{Method: "patch", EOT: true}, "--eot: only universal patches are made for it, want --method patch --universal"},
		{attackCmd{Method: "bim", EOT: true}, "--eot: only universal patches are made for it, want --method patch --universal"},
	} {
		if _, err := c.cmd.plan(); err == nil || err.Error() != c.want {
			t.Errorf("error\n%v, want\n%s", err, c.want)
		}
	}
}

func TestAttackPlan(t *testing.T) {
	all := []frame.Label{frame.Correct, frame.Incorrect, frame.None}
	for _, c := range []struct {
		cmd       attackCmd
		strengths []float64
		labels    []frame.Label
		target    frame.Label
		whole     bool
	}{
		{attackCmd{Method: "pgd"}, []float64{1, 2, 4, 8, 16}, all, frame.Unknown, false},
		{attackCmd{Method: "fgsm", Strength: []float64{8, 2, 8}}, []float64{2, 8}, all, frame.Unknown, false},
		{attackCmd{Method: "cw", To: "correct"}, []float64{0.5, 1, 2, 4, 8}, all[1:], frame.Correct, false},
		{attackCmd{Method: "patch", From: "none"}, []float64{0.01, 0.02, 0.05}, all[2:], frame.Unknown, false},
		{attackCmd{Method: "square", From: "none", To: "correct"}, []float64{1, 2, 4, 8, 16}, all[2:], frame.Correct, false},
		{attackCmd{Method: "patch", Universal: true, EOT: true}, []float64{0.02, 0.05, 0.1}, all, frame.Unknown, true},
		{attackCmd{Method: "patch", Universal: true, Strength: []float64{0.5}}, []float64{0.5}, all, frame.Unknown, true},
	} {
		p, err := c.cmd.plan()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.strengths, c.strengths) || !slices.Equal(p.labels, c.labels) || p.target != c.target || p.Whole != c.whole || p.Name != c.cmd.Method {
			t.Errorf("%+v: got %v, %v, %v, %s, all faces at once: %t", c.cmd, p.strengths, p.labels, p.target, p.Name, p.Whole)
		}
	}
}

func TestSameInput(t *testing.T) {
	one := func(name string, in pack.Input) *pack.Pack {
		return &pack.Pack{Manifest: pack.Manifest{Name: name, Version: 1, Input: in}}
	}
	a := one("a", pack.Input{Width: 96, Height: 96, Color: "rgb"})
	if err := sameInput(a, one("b", a.Manifest.Input)); err != nil {
		t.Error(err)
	}
	const want = "--beside: b@1: takes pictures of 64x96 rgb, margin 0, and a@1: of 96x96 rgb, margin 0: want packs with the same input"
	if err := sameInput(a, one("b", pack.Input{Width: 64, Height: 96, Color: "rgb"})); err == nil || err.Error() != want {
		t.Errorf("error\n%v, want\n%s", err, want)
	}
}
