// Package attack makes adversarial pictures, so that a camera can measure how well its network withstands them. White-box attacks need the
// network's gradients, Square only its answers. The same seed gives the same pictures.
package attack

import (
	"fmt"

	"github.com/maskwarden/maskwarden/frame"
)

// Classes is how many logits a network gives an image.
const Classes = int(frame.NumClasses)

// Network is what is attacked. Images are float32 [n, height, width, 3] in [0, 1], one after the other.
type Network interface {
	// Logits fills logits, [n, Classes].
	Logits(images, logits []float32) error
	// Gradient fills gradients, of the size of images, with the sum over classes of cotangents, [n, Classes], times the derivatives of
	// the logits at the images.
	Gradient(images, cotangents, gradients []float32) error
}

// Faces are the pictures that an attack starts from.
type Faces struct {
	Height, Width int
	Pixels        []float32 // [n, Height, Width, 3], each in [0, 1]
	Labels        []int     // [n]: the class of each, a place among the logits
	Targets       []int     // [n]: the class that each is to be taken for; nil: any but its label
}

// size is how many values an image has.
func (f *Faces) size() int { return f.Height * f.Width * 3 }

// image is the face i.
func (f *Faces) image(i int) []float32 { return f.Pixels[i*f.size() : (i+1)*f.size()] }

// target is the class that face i is to be taken for, or -1: any but its label.
func (f *Faces) target(i int) int {
	if f.Targets == nil {
		return -1
	}
	return f.Targets[i]
}

func (f *Faces) check() error {
	if f.Height < 1 || f.Width < 1 {
		return fmt.Errorf("faces of %dx%d pixels, want 1x1 or more", f.Width, f.Height)
	}
	if len(f.Labels) == 0 || len(f.Pixels) != len(f.Labels)*f.size() {
		return fmt.Errorf("%d values for %d labels of %dx%d faces, want %d each, for one or more", len(f.Pixels), len(f.Labels), f.Width, f.Height, f.size())
	}
	if f.Targets != nil && len(f.Targets) != len(f.Labels) {
		return fmt.Errorf("%d targets for %d labels, want as many, or none", len(f.Targets), len(f.Labels))
	}
	for i, label := range f.Labels {
		if label < 0 || label >= Classes {
			return fmt.Errorf("label %d is %d, want 0 to %d", i, label, Classes-1)
		}
		if target := f.target(i); f.Targets != nil && (target < 0 || target >= Classes || target == label) {
			return fmt.Errorf("target %d is %d for the label %d, want another of 0 to %d", i, target, label, Classes-1)
		}
	}
	for i, v := range f.Pixels {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("value %d of the faces is %g, want 0 to 1", i, v)
		}
	}
	return nil
}

// all are the numbers of all faces.
func (f *Faces) all() []int {
	index := make([]int, len(f.Labels))
	for i := range index {
		index[i] = i
	}
	return index
}
