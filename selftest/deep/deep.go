// Package deep holds the checks of a self-test that attack the pack's network on the unit itself, white-box, and ask the classifier in use
// for its answers.
package deep

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// Suite is what the checks attack, and with what. It is for one goroutine.
type Suite struct {
	Pack       *pack.Pack
	Network    attack.Network   // the pack's SavedModel; its logits are in the order of the manifest's classes
	Classifier model.Classifier // in use: it classifies the attacked faces
	Smoother   model.Smoother   // in use before the classifier

	// Crops gives further faces to attack, each as the pack's golden pictures are: Manifest.Input.Size bytes. They are held in memory for
	// as long as the checks run, and stand in no report; the label of each is the classifier's answer. nil: none.
	Crops func() ([][]byte, error)

	Each     int  // golden faces of each label that are attacked; 0: all
	Pictures bool // keep a few attacked golden faces

	seed       uint64 // of all that is random
	faces      *faces
	evaluation *pack.Evaluation
}

// check completes a check of the suite.
func (s *Suite) check(c selftest.Check, run func(context.Context) selftest.Result) selftest.Check {
	c.Severity = selftest.Fault
	c.Run = func(ctx context.Context, seed uint64) selftest.Result {
		s.seed = seed
		return run(ctx)
	}
	return c
}

// prepare collects the faces and the pack's figures, once.
func (s *Suite) prepare(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.evaluation == nil {
		e, err := s.Pack.Evaluation()
		if err != nil {
			return err
		}
		e = s.Pack.Floored(e)
		s.evaluation = &e
	}
	if s.faces != nil {
		return nil
	}
	faces, err := s.collect()
	if err == nil {
		s.faces = faces
	}
	return err
}

// describeFaces says which faces were attacked.
func (s *Suite) describeFaces() string {
	n, here := len(s.faces.bytes), len(s.faces.bytes)-s.faces.golden
	if here == 0 {
		return fmt.Sprintf("%d golden faces", n)
	}
	return fmt.Sprintf("%d faces, %d of them of this place,", n, here)
}

const remedy = "do not trust the camera: its network withstands less than when it was made"

// failed is a check that could not attack.
func failed(err error) selftest.Result {
	return selftest.Failed(err, "copy the whole pack again; if it comes back, the TensorFlow library is broken")
}
