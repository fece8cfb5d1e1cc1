// Package defense has the checks of the robust defense: that stored patches change no more answers than when the model was made, and that
// the certified check and feature squeezing in use do what their definitions say.
package defense

import (
	"context"
	"math/rand/v2"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// Defense is what the checks ask. It is for one goroutine.
type Defense struct {
	*model.Model
	Network   Network                          // the classifier in use
	Open      func(Network) (Certifier, error) // the certified check in use, on another classifier; nil: it is off
	Certainty float32                          // masked views count whose answer is more probable than this, 0 (all) to below 1
	Squeeze   bool                             // whether the squeezers are in use
	Faces     int                              // golden faces of each label that Certified, Squeezing and PatchDetected ask about; 0: all
	Draws     int                              // of each patch on each face; 0: DefaultDraws
	Pictures  bool                             // keep one face of each patch for the report, if there is one then one that lost its label

	// People returns faces of people in view, pixels as the classifier takes them, not smoothed. They are overwritten with zeros.
	People func(context.Context) ([][]byte, error)

	patched patched // golden faces with the stored patches, as PatchAccuracy and NoneCorrect saw them last
}

// Network is what a Certifier asks; tflite.Classifier is one.
type Network interface {
	Fill(i int, pixels []byte) error
	FillLevels(i int, pixels []byte, top int) error // pixels lie on 0 to top instead of 0 to 255
	Run(n int) error
	Probabilities(i int) frame.Probabilities
}

// Certifier certifies one face before a decision is reported; defense.Checker does.
type Certifier interface {
	Check(crop gocv.Mat, known *frame.Probabilities) (frame.Proof, error)
	Close() error
}

const hintDefense = "start the daemon again; if it comes back, copy program and pack again: attacks would pass undetected"

// certifying is the need of the certified check.
func (d *Defense) certifying() selftest.Need {
	return selftest.Need{Name: "`defense.certify`", Lacks: func() string {
		if d.Open == nil {
			return "defense.certify is off"
		}
		return ""
	}}
}

// patches is the need of stored patches.
func (d *Defense) patches() selftest.Need {
	return selftest.Need{Name: "a pack with patches", Lacks: func() string {
		if len(d.Pack.Manifest.Patches) == 0 {
			return "the pack holds no patches"
		}
		return ""
	}}
}

// with opens the certified check on a classifier for some work.
func (d *Defense) with(by Network, work func(Certifier, gocv.Mat) error) error {
	in := d.Pack.Manifest.Input
	w, err := d.Open(by)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // it frees pixels only
	crop := gocv.NewMatWithSize(in.Height, in.Width, gocv.MatTypeCV8UC3)
	defer crop.Close()
	return work(w, crop)
}

// contradictions is how many blends are wanted at most in which something shows: golden faces show neither what masks nor what
// squeezers change.
const contradictions = 3

// each gives golden faces to one function, then blends to the other until enough of these showed something.
func (d *Defense) each(ctx context.Context, draw *rand.Rand, plain func(pixels []byte, name string) error, blended func(pixels []byte, name string) (shows bool, err error)) error {
	pixels := make([]byte, d.Pack.Manifest.Input.Size())
	for _, face := range model.DrawFaces(d.Pack, d.Faces, draw) {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.Pack.GoldenInput(face, pixels)
		if err := plain(pixels, d.Pack.Manifest.Golden[face].File); err != nil {
			return err
		}
	}
	left := contradictions
	if d.Faces > 0 {
		left = min(left, d.Faces)
	}
	for _, face := range model.DrawFaces(d.Pack, 0, draw) {
		half := model.Blend(d.Pack, face, draw)
		if err := ctx.Err(); err != nil || half == nil || left == 0 {
			return err
		}
		shows, err := blended(half, "half "+d.Pack.Manifest.Golden[face].File)
		if err != nil {
			return err
		}
		if shows {
			left--
		}
	}
	return nil
}

// inspect gives a picture to the certified check.
func inspect(w Certifier, crop gocv.Mat, pixels []byte) (frame.Proof, error) {
	to, err := crop.DataPtrUint8()
	if err != nil {
		return frame.Proof{}, err
	}
	copy(to, pixels)
	return w.Check(crop, nil)
}
