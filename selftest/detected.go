package selftest

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// PatchDetected lays every stored patch onto golden faces and counts what the certified check in use marks. Patches that masks cover lie
// upright, so that the certificate of the bare face must hold: one that breaks it fails. A pack states no rate of detection, since
// a patch that turns nobody leaves nothing to detect; it states how many faces its patches turned, and no more may pass unmarked.
type PatchDetected struct{ Defense *Defense }

// Name implements Check.
func (PatchDetected) Name() string { return "patch_detected" }

// Run implements Check. Value is the share of the patched faces that are suspected or not certified.
func (c PatchDetected) Run(ctx context.Context) Result {
	d := c.Defense
	switch {
	case d.Open == nil:
		return skip(defenseOff)
	case len(d.Pack.Manifest.Patches) == 0:
		return skip(errNoPatches.Error())
	}
	var f finds
	err := d.with(d.Network, func(w Witness, crop gocv.Mat) error { return c.try(ctx, &f, w, crop) })
	switch {
	case err != nil:
		return failed(err, "copy the whole pack again")
	case f.faces == 0:
		return skip("the pack holds no golden face that a patch could be laid on")
	}
	r := Result{
		Result: Pass, Value: float64(f.marked) / float64(f.faces), Unit: "share",
		Detail: fmt.Sprintf("%d of %d patched faces are suspected or not certified, %d pass with another label; the pack states no rate (seed %d)",
			f.marked, f.faces, f.passed, d.Seed),
	}
	most := allowed(f.made/float64(f.faces), f.faces, successTolerance)
	switch share := float64(f.passed) / float64(f.faces); {
	case f.broken != "":
		r.Result, r.Detail = Fail, fmt.Sprintf("%s: another label is certified, though the bare face's certificate rules that out (seed %d)", f.broken, d.Seed)
	case share > most:
		r.Result = Fail
		r.Detail = fmt.Sprintf("%d of %d patched faces pass unmarked with another label, at most %.2f of them are allowed (seed %d)", f.passed, f.faces, most, d.Seed)
	}
	if r.Result == Fail {
		r.Hint = "do not trust what this camera certifies; look at certified first"
	}
	return r
}

// finds are what the check found in patched faces.
type finds struct {
	faces  int
	marked int     // suspected or not certified
	passed int     // not marked, with a label that is not the bare face's
	made   float64 // sum of the patches' success rates when they were made
	broken string  // a face whose certificate does not hold; empty: none
}

// try lays each patch onto golden faces of its label, each once.
func (c PatchDetected) try(ctx context.Context, f *finds, w Witness, crop gocv.Mat) error {
	d := c.Defense
	pixels := make([]byte, d.Pack.Manifest.Input.Size())
	lot := rand.New(rand.NewPCG(d.Seed, 3))
	bare := map[int]frame.Proof{}
	faces := drawFaces(d.Pack, d.Faces, lot)
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
			before, known := bare[face]
			if !known {
				if before, err = inspect(w, crop, pixels); err != nil {
					return err
				}
				bare[face] = before
			}
			covered := s.side <= d.Pack.Manifest.Masking.Patch
			s.paste(pixels, s.width, s.height, s.place(lot, s.width, s.height, covered))
			after, err := inspect(w, crop, pixels)
			if err != nil {
				return err
			}
			f.made += patch.Success
			f.add(before, after, covered, fmt.Sprintf("%s on %s", patch.File, d.Pack.Manifest.Golden[face].File))
		}
	}
	return nil
}

// place draws how a patch lies; upright: at its own size, light and pixels, else as any other.
func (s sticker) place(lot *rand.Rand, width, height int, upright bool) pose {
	if !upright {
		return s.draw(lot, width, height)
	}
	half := float64(s.side) / 2
	return pose{
		x: half + float64(lot.IntN(width-s.side+1)), y: half + float64(lot.IntN(height-s.side+1)), scale: 1, light: 1,
	}
}

// add counts a face, bare and patched; covered: some mask hides the whole patch.
func (f *finds) add(before, after frame.Proof, covered bool, name string) {
	f.faces++
	if after.Suspicion != 0 || after.Certified == frame.Unproved {
		f.marked++
	}
	if after.Certified == frame.Unproved || after.Label == before.Label {
		return
	}
	if covered && before.Certified != frame.Unproved {
		f.broken = name
	}
	if after.Suspicion == 0 {
		f.passed++
	}
}
