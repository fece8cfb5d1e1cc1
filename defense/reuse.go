package defense

import (
	"errors"
	"fmt"
)

// WithClassifier returns a checker on another classifier. It shares the masks and levels of c in memory, so that a self-test sees what
// the camera uses, and has a smoother and buffers of its own, so that no frame waits for it. The caller closes it.
func (c *Checker) WithClassifier(by Classifier) (*Checker, error) {
	if !c.open {
		return nil, errors.New("certified check: not initialized, or closed")
	}
	s := &Smoother{Window: c.Smoother.Window}
	if err := s.Initialize(); err != nil {
		return nil, err
	}
	b := &Checker{
		Classifier: by, Smoother: s, Manifest: c.Manifest, Certainty: c.Certainty, Recovery: c.Recovery, Squeeze: c.Squeeze, own: s,
	}
	if err := b.Initialize(); err != nil {
		return nil, fmt.Errorf("certified check on another classifier: %w", errors.Join(err, s.Close()))
	}
	b.masks, b.squeezer.table = c.masks, c.squeezer.table
	return b, nil
}
