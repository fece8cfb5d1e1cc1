package selftest

import (
	"context"
	"math/rand/v2"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Network is what a Witness asks; tflite.Classifier is one.
type Network interface {
	Fill(i int, pixels []byte) error
	FillLevels(i int, pixels []byte, top int) error // pixels lie on 0 to top instead of 0 to 255
	Run(n int) error
	Probabilities(i int) frame.Probabilities
}

// Witness looks at one face before a decision is told; defense.Checker is one.
type Witness interface {
	Check(crop gocv.Mat, known *frame.Probabilities) (frame.Proof, error)
	Close() error
}

// Defense is what Certified, Squeezing and PatchDetected ask: the certified check in use, and what it is made of.
type Defense struct {
	Pack      *pack.Pack
	Network   Network                        // the classifier in use
	Smoother  Smoother                       // the smoother in use
	Open      func(Network) (Witness, error) // the certified check in use, asking another classifier; nil: it is off
	Certainty float32                        // masked views count whose answer is more probable than this, 0 (all) to below 1
	Squeeze   bool                           // whether the squeezers are in use
	Seed      uint64                         // of what is drawn by lot
	Faces     int                            // golden faces of each label that are asked about; 0: all
}

const (
	defenseOff  = "defense.certify is off"
	defenseHint = "start the daemon again; if it comes back, copy program and pack again: attacks would pass unseen"
)

// with opens the certified check on a classifier for some work.
func (d *Defense) with(by Network, work func(Witness, gocv.Mat) error) error {
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

// each shows golden faces to one function, then blends to the other until enough of these told something.
func (d *Defense) each(ctx context.Context, lot *rand.Rand, bare func(pixels []byte, name string) error, blended func(pixels []byte, name string) (told bool, err error)) error {
	pixels := make([]byte, d.Pack.Manifest.Input.Size())
	for _, face := range drawFaces(d.Pack, d.Faces, lot) {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.Pack.GoldenInput(face, pixels)
		if err := bare(pixels, d.Pack.Manifest.Golden[face].File); err != nil {
			return err
		}
	}
	left := contradictions
	if d.Faces > 0 {
		left = min(left, d.Faces)
	}
	for _, face := range drawFaces(d.Pack, 0, lot) {
		half := blend(d.Pack, face, lot)
		if err := ctx.Err(); err != nil || half == nil || left == 0 {
			return err
		}
		told, err := blended(half, "half "+d.Pack.Manifest.Golden[face].File)
		if err != nil {
			return err
		}
		if told {
			left--
		}
	}
	return nil
}

// inspect shows a picture to the certified check.
func inspect(w Witness, crop gocv.Mat, pixels []byte) (frame.Proof, error) {
	to, err := crop.DataPtrUint8()
	if err != nil {
		return frame.Proof{}, err
	}
	copy(to, pixels)
	return w.Check(crop, nil)
}
