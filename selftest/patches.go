package selftest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Patches lays every stored adversarial patch of the pack onto golden faces, at random places, turned, scaled and lit by lot, and
// classifies them behind the smoothing, as faces before the camera are. PatchAccuracy and NoneCorrect judge what came out.
type Patches struct {
	Pack       *pack.Pack
	Classifier Classifier
	Smoother   Smoother
	Seed       uint64 // of places, angles, scales and light
	Draws      int    // on each face for each patch; 0: DefaultDraws
	Aim        string // only patches from none to this label are tried; "": all
	Pictures   bool   // keep one face of each patch, if there is one then one that lost its label

	tried    bool
	err      error
	trials   []trial
	pictures []Picture
	live     []live // faces in place of the golden ones; nil: those
	src, dst gocv.Mat
}

// DefaultDraws keeps the 12 patches on 8 faces each, 768 faces, under two seconds on a small camera's core.
const DefaultDraws = 8

// trial is what became of all faces with one patch.
type trial struct {
	pack.Patch
	faces int // that were classified
	right int // that kept their label
	aimed int // that got the label the patch aims at
}

// run tries all patches, once.
func (p *Patches) run() ([]trial, error) {
	if p.tried {
		return p.trials, p.err
	}
	p.tried = true
	p.trials, p.err = p.try()
	return p.trials, p.err
}

var errNoPatches = errors.New("the pack holds no patches")

func (p *Patches) try() (_ []trial, err error) {
	in := p.Pack.Manifest.Input
	switch {
	case len(p.Pack.Manifest.Patches) == 0:
		return nil, errNoPatches
	case in.Channels() != 3:
		return nil, errors.New("patches are tried on color models only")
	}
	if p.Draws == 0 {
		p.Draws = DefaultDraws
	}
	trials := make([]trial, 0, len(p.Pack.Manifest.Patches))
	tried := 0
	err = p.drawing(func() error {
		for i, patch := range p.Pack.Manifest.Patches {
			if p.Aim != "" && (patch.From != "none" || patch.To != p.Aim) {
				continue
			}
			tried++
			t := trial{Patch: patch}
			if err := p.one(i, &t); err != nil {
				return err
			}
			if t.faces > 0 {
				trials = append(trials, t)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case p.live == nil && tried > 0 && len(trials) == 0:
		return nil, errors.New("the pack holds no golden face that a patch could be laid on")
	}
	return trials, nil
}

// drawing has the pictures that faces are drawn on, and leaves no trace of them.
func (p *Patches) drawing(work func() error) (err error) {
	in := p.Pack.Manifest.Input
	p.src, p.dst = gocv.NewMatWithSize(in.Height, in.Width, gocv.MatTypeCV8UC3), gocv.NewMat()
	defer func() {
		p.src.SetTo(gocv.Scalar{})
		p.dst.SetTo(gocv.Scalar{})
		err = errors.Join(err, p.src.Close(), p.dst.Close())
	}()
	return work()
}

// faces is how many faces there are to lay patches on.
func (p *Patches) faces() int {
	if p.live != nil {
		return len(p.live)
	}
	return len(p.Pack.Manifest.Golden)
}

// face copies a face's pixels and returns its label, empty where it is none.
func (p *Patches) face(i int, pixels []byte) string {
	if p.live != nil {
		copy(pixels, p.live[i].pixels)
		return p.live[i].label
	}
	p.Pack.GoldenInput(i, pixels)
	return p.Pack.Manifest.Golden[i].Label
}

// one tries patch i on all golden faces of the label that it is made for.
func (p *Patches) one(i int, t *trial) error {
	s, err := NewSticker(p.Pack, i)
	if err != nil {
		return err
	}
	lot := rand.New(rand.NewPCG(p.Seed, uint64(i)))
	face, err := p.src.DataPtrUint8()
	if err != nil {
		return err
	}
	var faces [][]byte // as they are before the smoothing
	for g := range p.faces() {
		if p.face(g, face) != t.From {
			continue
		}
		for range p.Draws {
			p.face(g, face)
			s.Wear(face, lot)
			if p.Pictures {
				faces = append(faces, slices.Clone(face))
			}
			if err := p.fill(t.faces); err != nil {
				return err
			}
			t.faces++
		}
	}
	if t.faces == 0 {
		return nil
	}
	if err := p.Classifier.Run(t.faces); err != nil {
		return err
	}
	shown := 0 // a face that lost its label, where there is one
	for k := range t.faces {
		switch p.label(k) {
		case t.From:
			t.right++
			continue
		case t.To:
			t.aimed++
		}
		shown = k
	}
	if faces == nil {
		return nil
	}
	return p.show(t, faces[shown], p.label(shown))
}

// fill smooths the face in src into place k of the classifier's batch.
func (p *Patches) fill(k int) error {
	if err := p.Smoother.Apply(p.src, &p.dst); err != nil {
		return err
	}
	smoothed, err := p.dst.DataPtrUint8()
	if err != nil {
		return err
	}
	return p.Classifier.Fill(k, smoothed)
}

// label is what face k of the last run was judged.
func (p *Patches) label(k int) string {
	return p.Pack.Manifest.Classes[Answer(p.Classifier.Logits(k))]
}

// Answer is the class that logits speak for, a place among them: that of the largest, of equal ones the first.
func Answer(logits [frame.NumClasses]float32) int {
	best := 0
	for k, v := range logits {
		if v > logits[best] {
			best = k
		}
	}
	return best
}

// show keeps a picture of a patched face and says what was seen in it.
func (p *Patches) show(t *trial, pixels []byte, seen string) error {
	in := p.Pack.Manifest.Input
	picture, err := NewPicture(fmt.Sprintf("%s → %s, %g %%: seen as %s; %d of %d turned", t.From, t.To, 100*t.Area, seen, t.aimed, t.faces),
		pixels, in.Width, in.Height, in.Color)
	if err != nil {
		return err
	}
	p.pictures = append(p.pictures, picture)
	return nil
}
