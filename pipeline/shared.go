package pipeline

import (
	"fmt"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// SharedClassifier lets a self-test check use the engine's classifier while cameras use it. Each face is a batch of its own under
// the engine's lock, so a frame waits for a check no longer than for another camera's frame, however many faces a check has. Every
// other face goes in a pair with itself, so that the interpreters for one face and for two are both tested.
type SharedClassifier struct {
	engine  *Engine
	answers []answer
}

// answer is what the classifier gave a face.
type answer struct {
	logits        [frame.NumClasses]float32
	probabilities frame.Probabilities
}

// SharedClassifier returns the classifier for one check.
func (e *Engine) SharedClassifier() *SharedClassifier { return &SharedClassifier{engine: e} }

// Fill classifies face i.
func (s *SharedClassifier) Fill(i int, pixels []byte) error { return s.FillLevels(i, pixels, 255) }

// FillLevels classifies face i, whose pixels lie on the levels 0 to top.
func (s *SharedClassifier) FillLevels(i int, pixels []byte, top int) error {
	c, place := s.engine.Classifier, i%maxBatch
	for i >= len(s.answers) {
		s.answers = append(s.answers, answer{})
	}
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	for k := range place + 1 {
		if err := c.FillLevels(k, pixels, top); err != nil {
			return err
		}
	}
	if err := c.Run(place + 1); err != nil {
		return fmt.Errorf("face %d: %w", i, err)
	}
	s.answers[i] = answer{c.Logits(place), c.Probabilities(place)}
	return nil
}

// Run only checks that n faces were set: Fill has classified them.
func (s *SharedClassifier) Run(n int) error {
	if n < 0 || n > len(s.answers) {
		return fmt.Errorf("%d faces to classify, but %d were set: set them with Fill", n, len(s.answers))
	}
	return nil
}

// Logits returns the logits of face i.
func (s *SharedClassifier) Logits(i int) [frame.NumClasses]float32 { return s.answers[i].logits }

// Probabilities returns the softmax of face i's logits.
func (s *SharedClassifier) Probabilities(i int) frame.Probabilities {
	return s.answers[i].probabilities
}

// SharedSmoother lets a self-test check use the engine's smoother while cameras use it.
type SharedSmoother struct{ engine *Engine }

// SharedSmoother returns the smoother for checks.
func (e *Engine) SharedSmoother() SharedSmoother { return SharedSmoother{e} }

// Apply smooths one face.
func (s SharedSmoother) Apply(src gocv.Mat, dst *gocv.Mat) error {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return s.engine.Smoother.Apply(src, dst)
}
