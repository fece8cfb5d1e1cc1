package tflite

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// Fill sets face i, 0 or more, of the next Run. Pixels holds height x width x channels bytes in the pack's order of colors.
func (c *Classifier) Fill(i int, pixels []byte) error { return c.FillLevels(i, pixels, 255) }

// FillLevels is Fill for pixels that lie on the levels 0 to top, 1 to 255, in place of 0 to 255; what has fewer levels
// than bytes can hold loses nothing so.
func (c *Classifier) FillLevels(i int, pixels []byte, top int) error {
	in := &c.Pack.Manifest.Input
	size := in.Size()
	if i < 0 {
		return fmt.Errorf("face %d: want 0 or more", i)
	}
	if len(pixels) != size {
		return fmt.Errorf("face %d has %d bytes, want %d (%dx%d %s)", i, len(pixels), size, in.Width, in.Height, in.Color)
	}
	if i >= len(c.logits) {
		c.grow(i + 1)
	}
	if top < 1 || top > 255 {
		return fmt.Errorf("face %d has levels up to %d, want 1 to 255", i, top)
	}
	copy(c.pixels[i*size:], pixels)
	c.gains[i] = 255 / float32(top)
	return nil
}

// grow makes room for n faces; the room stays.
func (c *Classifier) grow(n int) {
	size := c.Pack.Manifest.Input.Size()
	c.pixels = append(c.pixels, make([]byte, n*size-len(c.pixels))...)
	c.gains = append(c.gains, make([]float32, n-len(c.gains))...)
	c.logits = append(c.logits, make([][frame.NumClasses]float32, n-len(c.logits))...)
}

// Run classifies the faces 0 to n-1 that Fill has set, in batches as large as possible.
func (c *Classifier) Run(n int) error {
	if len(c.runners) == 0 {
		return errors.New("the classifier is closed or was not initialized")
	}
	if n < 0 || n > len(c.logits) {
		return fmt.Errorf("%d faces to classify, but there is room for %d: set them with Fill", n, len(c.logits))
	}
	size := c.Pack.Manifest.Input.Size()
	done := 0
	for _, r := range c.runners {
		for ; n-done >= r.batch; done += r.batch {
			if err := r.run(c.pixels[done*size:][:r.batch*size], c.gains[done:][:r.batch], c.logits[done:][:r.batch]); err != nil {
				return fmt.Errorf("%s: %w", c.Pack.ID(), err)
			}
		}
	}
	for i := range n {
		for _, v := range c.logits[i] {
			if v-v != 0 {
				return fmt.Errorf("%s: face %d: the model gave the logit %v", c.Pack.ID(), i, v)
			}
		}
	}
	return nil
}

// Logits returns what the last Run gave for face i, in the order of the manifest's classes.
func (c *Classifier) Logits(i int) [frame.NumClasses]float32 { return c.logits[i] }

// Probabilities returns the softmax of face i's logits, in the order correct, incorrect, none.
func (c *Classifier) Probabilities(i int) frame.Probabilities {
	logits := &c.logits[i]
	largest := max(logits[0], logits[1], logits[2]) // taken off, so that no exponential overflows
	var p frame.Probabilities
	var sum float32
	for class, output := range c.order {
		p[class] = float32(math.Exp(float64(logits[output] - largest)))
		sum += p[class]
	}
	for class := range p {
		p[class] /= sum
	}
	return p
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
