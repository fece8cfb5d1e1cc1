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
	engine *Engine
	logits [][frame.NumClasses]float32
}

// Fill classifies face i.
func (s *shared) Fill(i int, pixels []byte) error {
	e, place := s.engine, i%maxBatch
	for i >= len(s.logits) {
		s.logits = append(s.logits, [frame.NumClasses]float32{})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for k := range place + 1 {
		if err := e.Classifier.Fill(k, pixels); err != nil {
			return err
		}
	}
	if err := e.Classifier.Run(place + 1); err != nil {
		return fmt.Errorf("face %d: %w", i, err)
	}
	s.logits[i] = e.Classifier.Logits(place)
	return nil
}

// Run has nothing left to do but to see that n faces were set.
func (s *shared) Run(n int) error {
	if n < 0 || n > len(s.logits) {
		return fmt.Errorf("%d faces to classify, but %d were set: set them with Fill", n, len(s.logits))
	}
	return nil
}

// Logits returns what face i got.
func (s *shared) Logits(i int) [frame.NumClasses]float32 { return s.logits[i] }

// sharedSmoother lets a check use the engine's smoother beside the cameras.
type sharedSmoother struct{ engine *Engine }

// Apply smooths one face.
func (s sharedSmoother) Apply(src gocv.Mat, dst *gocv.Mat) error {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return s.engine.Smoother.Apply(src, dst)
}
