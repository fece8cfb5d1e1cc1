package selftest

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// What the pack's floors allow beyond the rate at which a patch succeeded when it was made. That rate was measured on whole patches, upright
// and at their own size, on photos of the val split; here they are turned, scaled and lit otherwise, on few averaged faces.
const (
	accuracyTolerance = 0.10
	successTolerance  = 0.05
	deviations        = 3 // of the binomial distribution, for so few faces
)

// allowed is the largest share of n trials that may succeed where a share made did when the patches were made.
func allowed(made float64, n int, tolerance float64) float64 {
	return min(1, made+tolerance+deviations*math.Sqrt(made*(1-made)/float64(n)))
}

// PatchAccuracy judges how many patched faces keep their label: the robust accuracy.
type PatchAccuracy struct{ Patches *Patches }

// Name implements Check.
func (PatchAccuracy) Name() string { return "patch_accuracy" }

// Run implements Check. Value is the share of patched faces that kept their label.
func (c PatchAccuracy) Run(context.Context) Result {
	trials, err := c.Patches.run()
	if err != nil {
		return patchless(err)
	}
	n, right, made := 0, 0, 0.0
	var worst *trial
	over := -1.0
	for i := range trials {
		t := &trials[i]
		n, right, made = n+t.faces, right+t.right, made+t.Success*float64(t.faces)
		if by := t.rate() - allowed(t.Success, t.faces, successTolerance); by > over {
			worst, over = t, by
		}
	}
	made /= float64(n)
	r := Result{
		Result: Pass, Value: float64(right) / float64(n), Limit: 1 - allowed(made, n, accuracyTolerance), Unit: "share",
		Detail:   fmt.Sprintf("%d of %d faces with %d patches keep their label (seed %d)", right, n, len(trials), c.Patches.Seed),
		Pictures: c.Patches.pictures,
	}
	switch {
	case over > 0:
		r.Result = Fail
		r.Detail = fmt.Sprintf("%s turns %.2f of the faces, at most %.2f are allowed (seed %d)",
			worst.File, worst.rate(), allowed(worst.Success, worst.faces, successTolerance), c.Patches.Seed)
	case r.Value < r.Limit:
		r.Result = Fail
	}
	if r.Result == Fail {
		r.Hint = "do not trust this camera: the defense does less than when the model was made; look at model_answers and smoothing first"
	}
	return r
}

// rate is the share of faces that got the label the patch aims at.
func (t *trial) rate() float64 { return float64(t.aimed) / float64(t.faces) }

// NoneCorrect judges the mistake that counts most: how many bare faces a patch made for it brings through as correct.
type NoneCorrect struct{ Patches *Patches }

// Name implements Check.
func (NoneCorrect) Name() string { return "patch_none_correct" }

// Run implements Check. Value is the share of bare faces with such a patch that are judged correct.
func (c NoneCorrect) Run(context.Context) Result {
	trials, err := c.Patches.run()
	if err != nil {
		return patchless(err)
	}
	n, aimed, made := 0, 0, 0.0
	for _, t := range trials {
		if t.From == "none" && t.To == "correct" {
			n, aimed, made = n+t.faces, aimed+t.aimed, made+t.Success*float64(t.faces)
		}
	}
	if n == 0 {
		return skip("the pack holds no patch from none to correct")
	}
	r := Result{
		Result: Pass, Value: float64(aimed) / float64(n), Limit: allowed(made/float64(n), n, successTolerance), Unit: "share",
		Detail: fmt.Sprintf("%d of %d bare faces with a patch are judged correct (seed %d)", aimed, n, c.Patches.Seed),
	}
	if r.Value > r.Limit {
		r.Result, r.Hint = Fail, "let nobody in on this camera's word: a sticker passes for a mask"
	}
	return r
}

func patchless(err error) Result {
	if errors.Is(err, errNoPatches) {
		return skip(err.Error())
	}
	return failed(err, "copy the whole pack again")
}
