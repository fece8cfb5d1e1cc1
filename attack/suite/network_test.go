package suite_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
)

// witness is a network that remembers the images that it got.
type witness struct {
	logits, gradient []float32
}

func (w *witness) Logits(images, logits []float32) error {
	w.logits = slices.Clone(images)
	logits[0] = 1
	return nil
}

func (w *witness) Gradient(images, _, gradients []float32) error {
	w.gradient = slices.Clone(images)
	for i := range gradients {
		gradients[i] = float32(i)
	}
	return nil
}

// Logits and gradients are those at the smoothed images, and the gradient passes straight through the smoothing.
func TestSmoothed(t *testing.T) {
	w := &witness{}
	invert := func(face []byte) ([]byte, error) {
		out := make([]byte, len(face))
		for i, v := range face {
			out[i] = 255 - v
		}
		return out, nil
	}
	net := suite.Smoothed(w, invert, 3)
	images, gradients := []float32{0, 0.2, 1, 0.4, 0.6, 0.8}, make([]float32, 6)
	if err := errors.Join(net.Logits(images, make([]float32, 6)), net.Gradient(images, make([]float32, 6), gradients)); err != nil {
		t.Fatal(err)
	}
	for i, v := range []float32{1, 0.8, 0, 0.6, 0.4, 0.2} {
		if math.Abs(float64(w.logits[i]-v)) > 1e-6 || math.Abs(float64(w.gradient[i]-v)) > 1e-6 || gradients[i] != float32(i) {
			t.Errorf("value %d: logits at %g, gradient at %g, want %g; gradient %g, want %d", i, w.logits[i], w.gradient[i], v, gradients[i], i)
		}
	}
	broken := errors.New("no memory")
	net = suite.Smoothed(w, func([]byte) ([]byte, error) { return nil, broken }, 3)
	if a, b := net.Logits(images, make([]float32, 6)), net.Gradient(images, nil, gradients); !errors.Is(a, broken) || !errors.Is(b, broken) {
		t.Errorf("errors %v and %v", a, b)
	}
}

// Logits that differ by no more than 10 stay as they are; larger ones are scaled to it, and their gradients with them.
func TestScaleLogits(t *testing.T) {
	for _, c := range []struct{ times, by float64 }{{0.01, 1}, {1000, 0}} {
		net := newLinear()
		for k := range net.weights {
			for i := range net.weights[k] {
				net.weights[k][i] *= c.times
			}
		}
		f := newLinear().faces(t, 2)
		var images []float32
		for _, pixels := range f.Pixels {
			images = suite.AppendValues(images, pixels)
		}
		before, after := make([]float32, 18), make([]float32, 18)
		scaled, err := suite.ScaleLogits(net, images, 6)
		if err := errors.Join(err, net.Logits(images, before), scaled.Logits(images, after)); err != nil {
			t.Fatal(err)
		}
		widest := 0.0
		for i := range 6 {
			z := after[i*attack.Classes : (i+1)*attack.Classes]
			widest = max(widest, float64(slices.Max(z)-slices.Min(z)))
		}
		by := float64(after[0] / before[0])
		if c.by == 1 && by != 1 || c.by == 0 && math.Abs(widest-10) > 1e-4 {
			t.Errorf("times %g: scaled by %g, the widest difference is %g", c.times, by, widest)
		}
		cotangents, a, b := make([]float32, 18), make([]float32, len(images)), make([]float32, len(images))
		cotangents[0] = 1
		if err := errors.Join(net.Gradient(images, cotangents, a), scaled.Gradient(images, cotangents, b)); err != nil || math.Abs(float64(b[5])-by*float64(a[5])) > 1e-5 {
			t.Errorf("%v: gradient %g, scaled %g, want by %g", err, a[5], b[5], by)
		}
	}
}
