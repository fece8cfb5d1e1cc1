package pack

import "slices"

// A self-test compares with what the pack states of itself. Whoever signs a weak pack could state little, so no pack for cameras is held to
// less than this. The floors lie below what the shipped pack withstands, and above what a network does that was never trained against attacks.
const (
	mostFalsePositives = 0.10 // flagged by feature squeezing
	mostPassed         = 0.10 // patched unmasked faces that pass as correct
	mostTurned         = 0.20 // patched faces that get the label which the patch aims at, or lose theirs
	leastKept          = 0.70 // patched faces of each kind that keep their label, where chance and tolerance would allow less
	leastInDim         = 0.75 // golden faces of each class that keep their label in each dim light
)

// Tolerance is the largest error of a logit: the manifest's, or the floor's.
func (p *Pack) Tolerance(kind Kind) float64 {
	most := map[Kind]float64{Float32: 0.01, Float16: 0.1, Int8: 0.5}[kind]
	return p.atMost(p.Manifest.Tolerance[kind], most)
}

// FalsePositiveRate is what feature squeezing may flag: the manifest's rate, or the floor's.
func (p *Pack) FalsePositiveRate() float64 {
	return p.atMost(p.Manifest.Squeezing.FalsePositiveRate, mostFalsePositives)
}

// Success is how often a patch may succeed: as often as the manifest says it did, or the floor's.
func (p *Pack) Success(patch *Patch) float64 {
	if patch.From == "none" && patch.To == "correct" {
		return p.atMost(patch.Success, mostPassed)
	}
	return p.atMost(patch.Success, mostTurned)
}

// Lost is how many faces may lose their label under a patch: as many as the manifest says, or the floor's. Where it does not say, those that
// the patch turned.
func (p *Pack) Lost(patch *Patch) float64 {
	if patch.Kept == nil {
		return p.atMost(patch.Success, mostTurned)
	}
	return p.atMost(1-*patch.Kept, mostTurned)
}

// MostPassed is the largest share of patched unmasked faces that may pass as correct: by the pack's own rates, or the floor's.
func (p *Pack) MostPassed(own float64) float64 { return p.atMost(own, mostPassed) }

// LeastKept is the least share of patched faces of a kind that must keep their label: by the pack's own rates, or the floor's.
func (p *Pack) LeastKept(own float64) float64 { return p.atLeast(own, leastKept) }

// LeastInDim is the least share of the golden faces of a class that must keep their label in dim light; a baseline may lose all.
func (p *Pack) LeastInDim() float64 { return p.atLeast(0, leastInDim) }

func (p *Pack) atLeast(stated, floor float64) float64 {
	if p.Role == Baseline {
		return stated
	}
	return max(stated, floor)
}

func (p *Pack) atMost(stated, floor float64) float64 {
	if p.Role == Baseline {
		return stated
	}
	return min(stated, floor)
}

// Floored are the figures of an evaluation, no weaker than the floor's, which stand also for what was not measured.
func (p *Pack) Floored(e Evaluation) Evaluation {
	if p.Role == Baseline {
		return e
	}
	noise := Measures{{0, 0.80, 0.05}, {1, 0.78, 0.05}, {2, 0.72, 0.10}, {4, 0.60, 0.15}, {8, 0.40, 0.30}, {16, 0, 1}}
	patches := Measures{{0.02, 0.45, 0.10}, {0.05, 0.35, 0.15}}
	for _, r := range [...]*Robustness{&e.Alone, &e.Smoothed} {
		r.FGSM, r.PGD, r.Worst = r.FGSM.floored(noise), r.PGD.floored(noise), r.Worst.floored(noise)
		r.Patches = r.Patches.floored(patches)
	}
	return e
}

// floored are the measures, none of them weaker than the floor's at its strength.
func (m Measures) floored(floor Measures) Measures {
	all := slices.Clone(m)
	for _, least := range floor {
		at := slices.IndexFunc(all, func(one Measure) bool { return one.Strength == least.Strength })
		if at < 0 {
			all = append(all, least)
			continue
		}
		all[at].Accuracy = max(all[at].Accuracy, least.Accuracy)
		all[at].NoneCorrect = min(all[at].NoneCorrect, least.NoneCorrect)
	}
	return all
}
