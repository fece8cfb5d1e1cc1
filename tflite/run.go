package tflite

import (
	"errors"
	"fmt"
	"time"
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

// BareLoop takes the time of TfLiteInterpreterInvoke alone, called so many times from C on the interpreter for batch
// faces: what Run is measured against. Batch is a power of two up to MaxBatch.
func (c *Classifier) BareLoop(batch, times int) (time.Duration, error) {
	for _, r := range c.runners {
		if r.batch == batch {
			return r.bare(times)
		}
	}
	return 0, fmt.Errorf("no interpreter for a batch of %d", batch)
}
