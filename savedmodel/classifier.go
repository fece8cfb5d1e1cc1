package savedmodel

import (
	"errors"
	"fmt"

	"github.com/maskwarden/maskwarden/pack"
)

// Classifier runs a pack's SavedModel on batches of faces: Fill each face, Run, and read each face's Probabilities. It is for one
// goroutine at a time. TensorFlow's Go bindings take the input as a new tensor and give the logits in another, so each Run allocates
// 15 small objects for each 8 faces (432 bytes) and, outside Go's heap, 4 bytes a value of the input; see Network.
type Classifier struct {
	Pack    *pack.Pack
	Threads int // of the CPU's kernels, 1 to 64

	network *Network
	images  []float32 // what TensorFlow is given of the batch, [n, height, width, 3] in [0, 1]
	answers []float32 // what it gives, [n, classes]

	pack.Batch // Fill, FillLevels, Logits and Probabilities
}

// largest is how many faces TensorFlow is given at once; 16 or 32 take as much of the processor's time a face, and more memory. The last
// faces of a run are fewer: no graph is planned again for another number, so that filling them up would only cost time.
const largest = 8

// Initialize loads the SavedModel and runs it once, so that TensorFlow's plan of the graph is made before the first face.
func (c *Classifier) Initialize() error {
	network, err := Open(c.Pack, c.Threads)
	if err != nil {
		return err
	}
	c.network = network
	c.Batch.Initialize(c.Pack, 1)
	if err := c.Run(1); err != nil {
		return errors.Join(err, c.shut())
	}
	return nil
}

// Run classifies the faces 0 to n-1 that Fill has set.
func (c *Classifier) Run(n int) error {
	if c.network == nil {
		return errors.New("the classifier is closed or was not initialized")
	}
	if err := c.Holds(n); err != nil {
		return err
	}
	for done := 0; done < n; done += largest {
		if err := c.run(done, min(largest, n-done)); err != nil {
			return fmt.Errorf("%s: %w", c.Pack.ID(), err)
		}
	}
	if err := c.Finite(n); err != nil {
		return fmt.Errorf("%s: %w", c.Pack.ID(), err)
	}
	return nil
}

// run classifies n faces from the face first on.
func (c *Classifier) run(first, n int) error {
	pixels, gains, logits := c.Part(first, n)
	size, classes := len(pixels)/n, len(logits[0])
	if room := n*size - len(c.images); room > 0 {
		c.images = append(c.images, make([]float32, room)...)
		c.answers = append(c.answers, make([]float32, n*classes-len(c.answers))...)
	}
	for i, gain := range gains {
		scale, face := gain*float32(c.Pack.Manifest.Input.Scale), c.images[i*size:][:size]
		for k, v := range pixels[i*size:][:size] {
			face[k] = float32(v) * scale
		}
	}
	if err := c.network.Logits(c.images[:n*size], c.answers[:n*classes]); err != nil {
		return err
	}
	for i := range logits {
		copy(logits[i][:], c.answers[i*classes:])
	}
	return nil
}

// Backend names what runs the model: tensorflow 2.18.1 cpu x2.
func (c *Classifier) Backend() string {
	return fmt.Sprintf("tensorflow %s %s x%d", Version(), c.network.Device(), c.Threads)
}

// Notes is empty: TensorFlow has no delegates to leave out.
func (c *Classifier) Notes() []string { return nil }

// Close frees the model. It may be called twice, and after a failed Initialize.
func (c *Classifier) Close() {
	_ = c.shut() // nothing waits for a session that is being closed
}

func (c *Classifier) shut() error {
	if c.network == nil {
		return nil
	}
	network := c.network
	c.network = nil
	return network.Close()
}
