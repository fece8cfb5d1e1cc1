package defense

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// PatchLive applies the stored patches to faces of people in view, in memory alone: what a patch does depends on the light and the lens of
// the place, too. The right label of such a face is not known: it is what the model says of it without a patch.
func PatchLive(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "patch_live", Severity: selftest.Drift, Strength: true,
		Asks:   "how many faces of people in view keep, under every stored patch, the label that they get without one?",
		Remedy: "see `patch_accuracy`; if that passes, light or lens of the place help an attacker. `skipped`: nobody is in view",
		Needs:  []selftest.Need{d.patches()},
		Run:    d.patchLive,
	}
}

func (d *Defense) patchLive(ctx context.Context, seed uint64) selftest.Result {
	from := time.Now()
	people, err := d.People(ctx)
	defer wipe(people)
	waited := time.Since(from)
	switch {
	case err != nil:
		return selftest.Failed(err, "see the camera's own checks")
	case len(people) == 0:
		return selftest.Skip("nobody whose face can be classified is in view")
	}
	trials, err := d.tryPeople(ctx, people, seed)
	switch {
	case errors.Is(err, errNoneFits):
		return selftest.Skip(err.Error())
	case err != nil:
		return selftest.Failed(err, "copy the whole pack again")
	}
	r := gradeLive(trials, len(people))
	r.Detail += fmt.Sprintf(" (seed %d)", seed)
	r.Waited = waited
	return r
}

var errNoneFits = errors.New("no stored patch is made for the faces that are in view")

// tryPeople applies all patches to faces, each with the label that it gets without one.
func (d *Defense) tryPeople(ctx context.Context, people [][]byte, seed uint64) (trials []trial, err error) {
	p, err := d.newPatcher(nil)
	if err != nil {
		return nil, err
	}
	defer p.close()
	for _, pixels := range people {
		labels, err := p.classify([][]byte{pixels})
		if err != nil {
			return nil, err
		}
		p.faces = append(p.faces, face{labels[0], pixels})
	}
	for i := range d.Pack.Manifest.Patches {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, _, err := p.try(i, seed, false) // a picture would show somebody
		if err != nil {
			return nil, err
		}
		if t.faces > 0 {
			trials = append(trials, t)
		}
	}
	if len(trials) == 0 {
		return nil, errNoneFits
	}
	return trials, nil
}

func gradeLive(trials []trial, people int) selftest.Result {
	all := sum(trials)
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "accuracy", Value: all.accuracy(), Bound: selftest.AtLeast, Limit: all.least(), Unit: "share",
		Detail: fmt.Sprintf("%d of %d patched faces of %d in view keep their label, %d unmasked ones are taken for correct", all.right, all.faces, people, all.passed),
	}
	if r.Value < r.Limit {
		r.Result = selftest.Fail
		r.Hint = "see patch_accuracy; if that passes, the light or the lens of this place help an attacker: see camera_dark and camera_blurred"
	}
	return r
}
