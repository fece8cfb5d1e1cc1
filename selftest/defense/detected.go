package defense

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// PatchDetected applies every stored patch to golden faces and counts what the certified check in use marks. Patches that masks cover are
// upright, so that the certificate of the plain face must hold: one that breaks it fails. A pack states no rate of detection, since
// a patch that turns nobody leaves nothing to detect; it states how many faces its patches turned, and no more may pass unmarked. The value
// is the share of the patched faces that pass unmarked with another label.
func PatchDetected(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "patch_detected", Severity: selftest.Drift, Strength: true,
		Asks: "how many patched faces pass with another label that the certified check neither suspects nor leaves uncertified?",
		Remedy: "see `certified` first; a patch broke a certificate that rules it out, or more pass unmarked than the patches turned when they " +
			"were made",
		Needs: []selftest.Need{d.certifying(), d.patches(), d.patchable()},
		Run:   d.patchDetected,
	}
}

// patchable is the need of a golden face with a label that some patch is made for.
func (d *Defense) patchable() selftest.Need {
	return selftest.Need{Name: "golden faces", Lacks: func() string {
		for _, i := range model.GoldenFaces(d.Pack) {
			for k := range d.Pack.Manifest.Patches {
				if d.Pack.Manifest.Golden[i].Label == d.Pack.Manifest.Patches[k].From {
					return ""
				}
			}
		}
		return "the pack holds no golden face that a patch could be applied to"
	}}
}

func (d *Defense) patchDetected(ctx context.Context, seed uint64) selftest.Result {
	var f finds
	if err := d.with(d.Network, func(w Certifier, crop gocv.Mat) error { return d.find(ctx, &f, w, crop, seed) }); err != nil {
		return selftest.Failed(err, "copy the whole pack again")
	}
	r := f.grade()
	r.Detail += fmt.Sprintf(" (seed %d)", seed)
	return r
}

func (f *finds) grade() selftest.Result {
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "passed unmarked", Value: float64(f.passed) / float64(f.faces), Bound: selftest.AtMost,
		Limit: allowed(f.made/float64(f.faces), f.faces, successTolerance), Unit: "share",
		Detail: fmt.Sprintf("%d of %d patched faces are suspected or not certified, %d pass with another label", f.marked, f.faces, f.passed),
	}
	if r.Value > r.Limit {
		r.Result = selftest.Fail
	}
	if f.broken != "" {
		r.Result, r.Detail = selftest.Fail, f.broken+", though the plain face's certificate rules that out"
	}
	if r.Result == selftest.Fail {
		r.Hint = "do not trust what this camera certifies; see certified first"
	}
	return r
}

// finds are what the check found in patched faces.
type finds struct {
	faces  int
	marked int     // suspected or not certified
	passed int     // not marked, with a label that is not the plain face's
	made   float64 // sum of the patches' success rates when they were made
	broken string  // a face whose certificate does not hold, and what it is; empty: none
}

// find applies each patch to golden faces of its label, each once.
func (d *Defense) find(ctx context.Context, f *finds, w Certifier, crop gocv.Mat, seed uint64) error {
	pixels := make([]byte, d.Pack.Manifest.Input.Size())
	draw := rand.New(rand.NewPCG(seed, 3))
	plain := map[int]frame.Proof{}
	faces := model.DrawFaces(d.Pack, d.Faces, draw)
	for i, patch := range d.Pack.Manifest.Patches {
		s, err := NewSticker(d.Pack, i)
		if err != nil {
			return err
		}
		for _, face := range faces {
			if d.Pack.Manifest.Golden[face].Label != patch.From {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			d.Pack.GoldenInput(face, pixels)
			before, known := plain[face]
			if !known {
				if before, err = inspect(w, crop, pixels); err != nil {
					return err
				}
				plain[face] = before
			}
			covered := s.side <= d.Pack.Manifest.Masking.Patch
			s.paste(pixels, s.width, s.height, s.place(draw, s.width, s.height, covered))
			after, err := inspect(w, crop, pixels)
			if err != nil {
				return err
			}
			f.made += d.Pack.Success(&patch)
			f.add(before, after, covered, fmt.Sprintf("%s on %s", patch.File, d.Pack.Manifest.Golden[face].File))
		}
	}
	return nil
}

// place draws a pose; upright: at its own size, light and pixels, else as any other.
func (s sticker) place(draw *rand.Rand, width, height int, upright bool) pose {
	if !upright {
		return s.draw(draw, width, height)
	}
	half := float64(s.side) / 2
	return pose{
		x: half + float64(draw.IntN(width-s.side+1)), y: half + float64(draw.IntN(height-s.side+1)), scale: 1, light: 1,
	}
}

// add counts a face, plain and patched; covered: some mask hides the whole patch.
func (f *finds) add(before, after frame.Proof, covered bool, name string) {
	f.faces++
	if after.Suspicion != 0 || after.Certified == frame.Unproved {
		f.marked++
	}
	if covered && before.NeverCorrect && after.Label == frame.Correct {
		f.broken = name + ": it is correct"
	}
	if after.Certified == frame.Unproved || after.Label == before.Label {
		return
	}
	if covered && before.Certified != frame.Unproved {
		f.broken = name + ": another label is certified"
	}
	if after.Suspicion == 0 {
		f.passed++
	}
}
