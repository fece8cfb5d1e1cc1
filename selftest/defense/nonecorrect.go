package defense

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// NoneCorrect checks the mistake that counts most: how many unmasked faces pass as correct with a patch, be it made for that or for another
// label. The value is that of the worse of the two kinds.
func NoneCorrect(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "patch_none_correct", Severity: selftest.Drift, Strength: true,
		Asks:   "how many unmasked faces pass as `correct` with a patch?",
		Remedy: "let nobody in on this camera's decision",
		Needs:  []selftest.Need{d.patches(), d.nonePatches()},
		Run: func(ctx context.Context, seed uint64) selftest.Result {
			trials, err := d.patched.trials(ctx, d, seed, func(p *pack.Patch) bool { return p.From == "none" })
			if err != nil {
				return selftest.Failed(err, "copy the whole pack again")
			}
			r := d.gradeNoneCorrect(trials)
			r.Detail += fmt.Sprintf(" (seed %d)", seed)
			return r
		},
	}
}

// noneCorrect chooses the patches that make unmasked faces pass as correct.
func noneCorrect(p *pack.Patch) bool { return p.From == "none" && p.To == "correct" }

func (d *Defense) nonePatches() selftest.Need {
	return selftest.Need{Name: "one from `none` to `correct` among them", Lacks: func() string {
		for i := range d.Pack.Manifest.Patches {
			if noneCorrect(&d.Pack.Manifest.Patches[i]) {
				return ""
			}
		}
		return "the pack holds no patch from none to correct"
	}}
}

func (d *Defense) gradeNoneCorrect(trials []trial) selftest.Result {
	made := sum(ofKind(trials, "none", "correct")) // for other patches the pack states no such rate: they may do what these may
	all, aim := made, "correct"
	if other := sum(ofKind(trials, "none", "incorrect")); other.passing() > made.passing() {
		all, aim = other, "incorrect"
	}
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "none → correct", Value: all.passing(), Bound: selftest.AtMost, Limit: d.Pack.MostPassed(made.most()), Unit: "share",
		Detail: fmt.Sprintf("%d of %d unmasked faces with a patch toward %s are classified as correct", all.passed, all.faces, aim),
	}
	if r.Value > r.Limit {
		r.Result, r.Hint = selftest.Fail, "let nobody in on this camera's decision: a sticker passes for a mask"
	}
	return r
}
