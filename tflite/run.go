package tflite

import (
	"errors"
	"fmt"
)

// Run classifies the faces 0 to n-1 that Fill has set, in batches as large as possible.
func (c *Classifier) Run(n int) error {
	if len(c.runners) == 0 {
		return errors.New("the classifier is closed or was not initialized")
	}
	if err := c.Holds(n); err != nil {
		return err
	}
	done := 0
	for _, r := range c.runners {
		for ; n-done >= r.batch; done += r.batch {
			if err := r.run(c.Part(done, r.batch)); err != nil {
				return fmt.Errorf("%s: %w", c.Pack.ID(), err)
			}
		}
	}
	if err := c.Finite(n); err != nil {
		return fmt.Errorf("%s: %w", c.Pack.ID(), err)
	}
	return nil
}
