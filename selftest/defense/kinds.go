package defense

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// PatchKind holds each kind of patch to a limit of its own: those for one class of faces that aim at one label. Unmasked faces that all lose
// theirs are few among all faces, so the average of PatchAccuracy does not show them. The value is the share that keeps its label under the
// kind that is nearest to its limit, or furthest beyond it.
func PatchKind(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "patch_kind", Severity: selftest.Drift, Strength: true,
		Asks:   "how many golden faces keep their label under each kind of patch, from one class to another?",
		Remedy: "see `patch_accuracy`; else the defense is weak against this kind alone: do not trust the unit",
		Needs:  []selftest.Need{d.patches()},
		Run: func(ctx context.Context, seed uint64) selftest.Result {
			trials, err := d.patched.trials(ctx, d, seed, func(*pack.Patch) bool { return true })
			if err != nil {
				return selftest.Failed(err, "copy the whole pack again")
			}
			r := d.gradeKinds(trials)
			r.Detail += fmt.Sprintf(" (seed %d)", seed)
			return r
		},
	}
}

func (d *Defense) gradeKinds(trials []trial) selftest.Result {
	r := selftest.Result{Result: selftest.Pass, Bound: selftest.AtLeast, Unit: "share"}
	missing, margin, kinds := "", 2.0, 0
	for _, from := range d.Pack.Manifest.Classes {
		for _, to := range d.Pack.Manifest.Classes {
			if from == to {
				continue
			}
			all := sum(ofKind(trials, from, to))
			if all.faces == 0 {
				missing = fmt.Sprintf("no golden face and patch from %s to %s", from, to)
				continue
			}
			kinds++
			if least := d.Pack.LeastKept(all.leastKept()); all.accuracy()-least < margin {
				margin = all.accuracy() - least
				r.Quantity, r.Value, r.Limit = fmt.Sprintf("kept of %s → %s", from, to), all.accuracy(), least
				r.Detail = fmt.Sprintf("%d of %d faces keep their label under the patches from %s to %s", all.right, all.faces, from, to)
			}
		}
	}
	r.Detail += fmt.Sprintf(", the worst of %d kinds", kinds)
	switch {
	case r.Value < r.Limit:
		r.Result, r.Hint = selftest.Fail, "do not trust this camera: one kind of patch turns faces that others leave; see patch_accuracy first"
	case missing != "": // no pack passes by leaving out what would be tested
		r.Result, r.Detail, r.Hint = selftest.Warn, "the pack holds "+missing, "take a pack with patches and golden faces of every kind"
	}
	return r
}

// ofKind are the trials of patches for faces of one label that aim at another.
func ofKind(trials []trial, from, to string) (some []trial) {
	for _, t := range trials {
		if t.from == from && t.to == to {
			some = append(some, t)
		}
	}
	return some
}
