package pack

import (
	"errors"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/frame"
)

// Batch holds the faces that a pack's model is given and what it says of each: what a classifier does alike on every runtime.
// It is for one goroutine at a time.
type Batch struct {
	pack   *Pack
	order  [frame.NumClasses]int       // place among the model's outputs of each class
	pixels []byte                      // faces set by Fill
	gains  []float32                   // of each face: what its pixels are multiplied by before the input's scale
	logits [][frame.NumClasses]float32 // of each face
}

// Initialize empties the batch and makes room for n faces, which Fill enlarges.
func (b *Batch) Initialize(p *Pack, n int) {
	*b = Batch{pack: p, order: p.Order()}
	b.grow(n)
}

// Fill sets face i, 0 or more, of the next run. Pixels holds height x width x channels bytes in the pack's order of colors.
func (b *Batch) Fill(i int, pixels []byte) error { return b.FillLevels(i, pixels, 255) }

// FillLevels is Fill for pixels that lie on the levels 0 to top, 1 to 255, in place of 0 to 255; what has fewer levels
// than bytes can hold loses nothing so.
func (b *Batch) FillLevels(i int, pixels []byte, top int) error {
	if b.pack == nil {
		return errors.New("the classifier was not initialized")
	}
	in := &b.pack.Manifest.Input
	size := in.Size()
	if i < 0 {
		return fmt.Errorf("face %d: want 0 or more", i)
	}
	if len(pixels) != size {
		return fmt.Errorf("face %d has %d bytes, want %d (%dx%d %s)", i, len(pixels), size, in.Width, in.Height, in.Color)
	}
	if top < 1 || top > 255 {
		return fmt.Errorf("face %d has levels up to %d, want 1 to 255", i, top)
	}
	if i >= len(b.logits) {
		b.grow(i + 1)
	}
	copy(b.pixels[i*size:], pixels)
	b.gains[i] = 255 / float32(top)
	return nil
}

// grow makes room for n faces; the room stays.
func (b *Batch) grow(n int) {
	size := b.pack.Manifest.Input.Size()
	b.pixels = append(b.pixels, make([]byte, n*size-len(b.pixels))...)
	b.gains = append(b.gains, make([]float32, n-len(b.gains))...)
	b.logits = append(b.logits, make([][frame.NumClasses]float32, n-len(b.logits))...)
}

// Holds says whether the faces 0 to n-1 have room.
func (b *Batch) Holds(n int) error {
	if n < 0 || n > len(b.logits) {
		return fmt.Errorf("%d faces to classify, but there is room for %d: set them with Fill", n, len(b.logits))
	}
	return nil
}

// Part is n faces from the face first on, for a runtime: their pixels, their gains, and where their logits go. A model's input is
// pixel * gain * scale + offset.
func (b *Batch) Part(first, n int) (pixels []byte, gains []float32, logits [][frame.NumClasses]float32) {
	size := b.pack.Manifest.Input.Size()
	return b.pixels[first*size:][:n*size], b.gains[first:][:n], b.logits[first:][:n]
}

// Finite refuses the logits of the faces 0 to n-1 unless all are numbers.
func (b *Batch) Finite(n int) error {
	for i := range n {
		for _, v := range b.logits[i] {
			if v-v != 0 {
				return fmt.Errorf("face %d: the model gave the logit %v", i, v)
			}
		}
	}
	return nil
}

// Logits returns what the last run gave for face i, in the order of the manifest's classes.
func (b *Batch) Logits(i int) [frame.NumClasses]float32 { return b.logits[i] }

// Probabilities returns the softmax of face i's logits, in the order correct, incorrect, none.
func (b *Batch) Probabilities(i int) frame.Probabilities {
	logits := &b.logits[i]
	largest := max(logits[0], logits[1], logits[2]) // taken off, so that no exponential overflows
	var p frame.Probabilities
	var sum float32
	for class, output := range b.order {
		p[class] = float32(math.Exp(float64(logits[output] - largest)))
		sum += p[class]
	}
	for class := range p {
		p[class] /= sum
	}
	return p
}
