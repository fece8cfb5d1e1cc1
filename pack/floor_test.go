package pack_test

import (
	"testing"

	"github.com/maskwarden/maskwarden/pack"
)

// TestFloor: a pack that states little of itself is held to the floor, one that states more to what it states, and a baseline to its own.
func TestFloor(t *testing.T) {
	lax := pack.Manifest{Tolerance: map[pack.Kind]float64{pack.Float32: 1}, Squeezing: &pack.Squeezing{FalsePositiveRate: 0.9}}
	strict := pack.Manifest{Tolerance: map[pack.Kind]float64{pack.Float32: 0.001}, Squeezing: &pack.Squeezing{FalsePositiveRate: 0.05}}
	weak := pack.Evaluation{Alone: pack.Robustness{PGD: pack.Measures{{Strength: 8, Accuracy: 0.01, NoneCorrect: 1}}}}
	strong := pack.Evaluation{Alone: pack.Robustness{PGD: pack.Measures{{Strength: 8, Accuracy: 0.7, NoneCorrect: 0.01}}}}
	for _, c := range []struct {
		name                              string
		role                              pack.Role
		manifest                          pack.Manifest
		success                           float64
		evaluation                        pack.Evaluation
		tolerance, flagged, none, another float64
		pgd, unmasked                     float64 // of the network alone at 8/255
		measured                          bool    // what the evaluation does not have
		dim                               float64
	}{
		{"lax", pack.ForCamera, lax, 1, weak, 0.01, 0.10, 0.10, 0.20, 0.40, 0.30, true, 0.75},
		{"no role", "", lax, 1, pack.Evaluation{}, 0.01, 0.10, 0.10, 0.20, 0.40, 0.30, true, 0.75},
		{"strict", pack.ForCamera, strict, 0.01, strong, 0.001, 0.05, 0.01, 0.01, 0.7, 0.01, true, 0.75},
		{"a baseline", pack.Baseline, lax, 1, weak, 1, 0.9, 1, 1, 0.01, 1, false, 0},
	} {
		p := &pack.Pack{Manifest: c.manifest, Role: c.role}
		none := p.Success(&pack.Patch{From: "none", To: "correct", Success: c.success})
		another := p.Success(&pack.Patch{From: "correct", To: "none", Success: c.success})
		if got := p.Tolerance(pack.Float32); got != c.tolerance || p.FalsePositiveRate() != c.flagged || none != c.none || another != c.another {
			t.Errorf("%s: got %v, %v, %v, %v", c.name, got, p.FalsePositiveRate(), none, another)
		}
		e := p.Floored(c.evaluation)
		at, _ := e.Alone.PGD.At(8)
		if p.LeastInDim() != c.dim {
			t.Errorf("%s: in dim light %v must be kept, want %v", c.name, p.LeastInDim(), c.dim)
		}
		if _, ok := e.Smoothed.Patches.At(0.02); ok != c.measured || at.Accuracy != c.pgd || at.NoneCorrect != c.unmasked {
			t.Errorf("%s: got %+v", c.name, e)
		}
	}
}

// TestFloorOfKinds: what a kind of patch may do is what the pack states, and never more than the floor, but for a baseline.
func TestFloorOfKinds(t *testing.T) {
	share := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		role                pack.Role
		success             float64
		kept                *float64
		lost, passed, least float64 // by rates of 0.5
	}{
		{pack.ForCamera, 0.05, nil, 0.05, 0.10, 0.70},
		{pack.ForCamera, 0.05, share(0.875), 0.125, 0.10, 0.70},
		{pack.ForCamera, 0.05, share(0.5), 0.20, 0.10, 0.70},
		{pack.ForCamera, 1, nil, 0.20, 0.10, 0.70},
		{"", 1, share(0), 0.20, 0.10, 0.70},
		{pack.Baseline, 0.9, nil, 0.9, 0.5, 0.5},
		{pack.Baseline, 0.05, share(0.5), 0.5, 0.5, 0.5},
	} {
		p := &pack.Pack{Role: c.role}
		lost := p.Lost(&pack.Patch{From: "correct", To: "none", Success: c.success, Kept: c.kept})
		if lost != c.lost || p.MostPassed(0.5) != c.passed || p.LeastKept(0.5) != c.least || p.MostPassed(0.01) != 0.01 || p.LeastKept(0.99) != 0.99 {
			t.Errorf("%+v: got %v, %v, %v", c, lost, p.MostPassed(0.5), p.LeastKept(0.5))
		}
	}
}
