package daemon

import (
	"fmt"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// shared lets a check use the engine's classifier beside the cameras. Each face is a batch of its own under the engine's
// lock, so that a frame waits for a check no longer than for another camera's frame, however many faces a check has. Every
// other face goes in a pair with itself, so that the interpreters for one face and for two are both asked.
type shared struct {
	engine  *Engine
	answers []given
}

// given is what a face got.
type given struct {
	logits        [frame.NumClasses]float32
	probabilities frame.Probabilities
}

// Fill classifies face i.
func (s *shared) Fill(i int, pixels []byte) error { return s.FillLevels(i, pixels, 255) }

// FillLevels classifies face i, whose pixels lie on the levels 0 to top.
func (s *shared) FillLevels(i int, pixels []byte, top int) error {
	e, place := s.engine, i%maxBatch
	for i >= len(s.answers) {
		s.answers = append(s.answers, given{})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for k := range place + 1 {
		if err := e.Classifier.FillLevels(k, pixels, top); err != nil {
			return err
		}
	}
	if err := e.Classifier.Run(place + 1); err != nil {
		return fmt.Errorf("face %d: %w", i, err)
	}
	s.answers[i] = given{e.Classifier.Logits(place), e.Classifier.Probabilities(place)}
	return nil
}

// Run has nothing left to do but to see that n faces were set.
func (s *shared) Run(n int) error {
	if n < 0 || n > len(s.answers) {
		return fmt.Errorf("%d faces to classify, but %d were set: set them with Fill", n, len(s.answers))
	}
	return nil
}

// Logits returns what face i got.
func (s *shared) Logits(i int) [frame.NumClasses]float32 { return s.answers[i].logits }

// Probabilities returns the softmax of what face i got.
func (s *shared) Probabilities(i int) frame.Probabilities { return s.answers[i].probabilities }

// sharedSmoother lets a check use the engine's smoother beside the cameras.
type sharedSmoother struct{ engine *Engine }

// Apply smooths one face.
func (s sharedSmoother) Apply(src gocv.Mat, dst *gocv.Mat) error {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return s.engine.Smoother.Apply(src, dst)
}
