package selftest

import (
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

// Defence is what Certified, Squeezing and PatchDetected ask: the certified check in use, and what it is made of.
type Defence struct {
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
	defenceOff  = "defense.certify is off"
	defenceHint = "start the daemon again; if it comes back, copy program and pack again: attacks would pass unseen"
)

// with opens the certified check on a classifier for some work.
func (d *Defence) with(by Network, work func(Witness, gocv.Mat) error) error {
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

// inspect shows a picture to the certified check.
func inspect(w Witness, crop gocv.Mat, pixels []byte) (frame.Proof, error) {
	to, err := crop.DataPtrUint8()
	if err != nil {
		return frame.Proof{}, err
	}
	copy(to, pixels)
	return w.Check(crop, nil)
}
