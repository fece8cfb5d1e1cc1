package defense

import (
	"errors"
	"fmt"
)

// WithClassifier returns a checker with the very masks, levels and settings of c, in memory too, that asks another classifier and has
// a smoother and buffers of its own: what a self-test does with it keeps no frame waiting. The caller closes it.
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
		return nil, fmt.Errorf("a checker beside another: %w", errors.Join(err, s.Close()))
	}
	b.masks, b.squeezer.table = c.masks, c.squeezer.table
	return b, nil
}
