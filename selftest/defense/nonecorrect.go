package defense

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// NoneCorrect checks the mistake that counts most: how many unmasked faces pass as correct with a patch made for it.
func NoneCorrect(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "patch_none_correct", Severity: selftest.Drift, Strength: true,
		Asks:   "how many unmasked faces pass as `correct` with a patch?",
		Remedy: "let nobody in on this camera's decision",
		Needs:  []selftest.Need{d.patches(), d.nonePatches()},
		Run: func(ctx context.Context, seed uint64) selftest.Result {
			trials, err := d.patched.trials(ctx, d, seed, noneCorrect)
			if err != nil {
				return selftest.Failed(err, "copy the whole pack again")
			}
			r := gradeNoneCorrect(trials)
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

func gradeNoneCorrect(trials []trial) selftest.Result {
	all := sum(trials)
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "none → correct", Value: all.rate(), Bound: selftest.AtMost, Limit: all.most(), Unit: "share",
		Detail: fmt.Sprintf("%d of %d unmasked faces with a patch are classified as correct", all.aimed, all.faces),
	}
	if r.Value > r.Limit {
		r.Result, r.Hint = selftest.Fail, "let nobody in on this camera's decision: a sticker passes for a mask"
	}
	return r
}
