package selftest

import (
	"context"
	"fmt"
	"time"
)

// PatchLive lays the stored patches onto faces of who is before the cameras, in memory alone: what a patch does depends on the light and
// the lens of the place, too. The right label of such a face is not known: it is what the model says of it bare.
type PatchLive struct {
	Patches *Patches                                // still without faces; it keeps no pictures
	Views   []*View                                 // that are looked through first
	Faces   func(context.Context) ([][]byte, error) // pixels as the classifier takes them, not smoothed; they are overwritten with zeros
}

// Name implements Check.
func (PatchLive) Name() string { return "patch_live" }

// Run implements Check. Value is the share of patched faces that keep their label.
func (c PatchLive) Run(ctx context.Context) Result {
	p := c.Patches
	for _, v := range c.Views {
		_, _ = v.watch(ctx) // whether it gives pictures is the question of camera_opens
	}
	from := time.Now()
	faces, err := c.Faces(ctx)
	defer wipe(faces)
	waited := time.Since(from)
	switch {
	case err != nil:
		return failed(err, "see the camera's own checks")
	case len(p.Pack.Manifest.Patches) == 0:
		return skip(errNoPatches.Error())
	case len(faces) == 0:
		return skip("nobody whose face can be judged is before the cameras")
	}
	p.Pictures = false // they would show somebody
	if err := p.welcome(faces); err != nil {
		return failed(err, "copy the whole pack again")
	}
	trials, err := p.run()
	if err != nil {
		return patchless(err)
	}
	if len(trials) == 0 {
		return skip("no stored patch is made for the faces that are before the cameras")
	}
	n, right, through, made := 0, 0, 0, 0.0
	for _, t := range trials {
		n, right, made = n+t.faces, right+t.right, made+t.Success*float64(t.faces)
		if t.From == "none" && t.To == "correct" {
			through += t.aimed
		}
	}
	r := Result{
		Result: Pass, Waited: waited, Value: float64(right) / float64(n), Limit: 1 - allowed(made/float64(n), n, accuracyTolerance), Unit: "share",
		Detail: fmt.Sprintf("%d of %d patched faces of %d that were seen keep their label, %d bare ones pass for correct (seed %d)", right, n, len(faces), through, p.Seed),
	}
	if r.Value < r.Limit {
		r.Result, r.Hint = Fail, "see patch_accuracy; if that passes, the light or the lens of this place help an attacker: see camera_dark and camera_blurred"
	}
	return r
}

// wipe overwrites faces with zeros.
func wipe(faces [][]byte) {
	for _, f := range faces {
		clear(f)
	}
}

// welcome has the patches laid onto these faces in place of the golden ones, each with the label that it gets bare.
func (p *Patches) welcome(faces [][]byte) (err error) {
	p.live = []live{}
	return p.drawing(func() error {
		for _, pixels := range faces {
			to, err := p.src.DataPtrUint8()
			if err != nil {
				return err
			}
			copy(to, pixels)
			if err := p.fill(0); err != nil {
				return err
			}
			if err := p.Classifier.Run(1); err != nil {
				return err
			}
			p.live = append(p.live, live{p.label(0), pixels})
		}
		return nil
	})
}

// live is a face that was seen, with the label that it gets bare.
type live struct {
	label  string
	pixels []byte
}
