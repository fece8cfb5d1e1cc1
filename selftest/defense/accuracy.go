package defense

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// PatchAccuracy checks how many patched faces keep their label: the robust accuracy. No single patch may succeed much more often than when
// it was made, either.
func PatchAccuracy(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "patch_accuracy", Severity: selftest.Drift, Strength: true,
		Asks:   "how many golden faces keep their label under every stored patch, behind the smoothing?",
		Remedy: "see `model_answers` and `smoothing` first; else the defense is weaker than when it was made: do not trust the unit",
		Run: func(ctx context.Context, seed uint64) selftest.Result {
			if why := d.unproved(); why != "" { // no pack passes by leaving out what would be tested
				return selftest.Result{Result: selftest.Warn, Detail: why, Hint: "take a pack with patches: without them nobody can say what the defense withstands"}
			}
			trials, err := d.patched.trials(ctx, d, seed, func(*pack.Patch) bool { return true })
			if err != nil {
				return selftest.Failed(err, "copy the whole pack again")
			}
			r := gradeAccuracy(trials)
			r.Detail += fmt.Sprintf(" (seed %d)", seed)
			r.Pictures = d.patched.pictures()
			return r
		},
	}
}

// unproved says which patches a pack lacks.
func (d *Defense) unproved() string {
	for _, need := range []selftest.Need{d.patches(), d.nonePatches()} {
		if why := need.Lacks(); why != "" {
			return why
		}
	}
	return ""
}

func gradeAccuracy(trials []trial) selftest.Result {
	all := sum(trials)
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "accuracy", Value: all.accuracy(), Bound: selftest.AtLeast, Limit: all.least(), Unit: "share",
		Detail: fmt.Sprintf("%d of %d faces with %d patches keep their label", all.right, all.faces, len(trials)),
	}
	if r.Value < r.Limit {
		r.Result = selftest.Fail
	}
	worst, over := "", 0.0
	for i := range trials {
		t := &trials[i]
		most := allowed(t.success, t.faces, successTolerance)
		if by := t.rate() - most; by > over {
			worst, over = fmt.Sprintf("%s turns %.2f of the faces, at most %.2f are allowed", t.file, t.rate(), most), by
		}
	}
	if worst != "" {
		r.Result, r.Detail = selftest.Fail, worst
	}
	if r.Result == selftest.Fail {
		r.Hint = "do not trust this camera: the defense does less than when the model was made; see model_answers and smoothing first"
	}
	return r
}
