// Package deep are the checks of a self-test that attacks the pack's network on the unit itself, knowing its weights, and asks the
// classifier in use what it makes of the pictures.
package deep

import (
	"context"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// Lab is what the checks attack, and with what. It is for one goroutine.
type Lab struct {
	Pack       *pack.Pack
	Network    attack.Network      // the pack's SavedModel; its logits are in the order of the manifest's classes
	Classifier selftest.Classifier // in use: it judges the attacked faces
	Smoother   selftest.Smoother   // in use before the classifier

	// Crops gives further faces to attack, each as the pack's golden pictures are: Manifest.Input.Size bytes. They are held in memory for
	// as long as the checks run, and stand in no report; the label of each is what the classifier makes of it. nil: none.
	Crops func() ([][]byte, error)

	Each     int    // golden faces of each label that are attacked; 0: all
	Seed     uint64 // of all that is drawn by lot
	Pictures bool   // keep a few attacked golden faces

	faces      *faces
	evaluation *pack.Evaluation
}

// Checks are all checks of the lab.
func (l *Lab) Checks() []selftest.Check {
	return []selftest.Check{Runtime{l}, FGSM{l}, PGD{l}, Patch{l}, Curve{l}}
}

// prepare gathers the faces and the pack's figures, once.
func (l *Lab) prepare() error {
	if l.evaluation == nil {
		e, err := l.Pack.Evaluation()
		if err != nil {
			return err
		}
		l.evaluation = &e
	}
	if l.faces != nil {
		return nil
	}
	faces, err := l.gather()
	if err == nil {
		l.faces = faces
	}
	return err
}

// watched is a network that answers no longer once the self-test is to end: an attack asks it many times.
type watched struct {
	attack.Network
	ctx context.Context // attacks know none
}

func (w watched) Logits(images, logits []float32) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	return w.Network.Logits(images, logits)
}
