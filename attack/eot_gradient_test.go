package attack

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The gradient by the patch predicts what a small change of it does to the image, in every pose.
func TestEOTGradient(t *testing.T) {
	const side = 4
	random := rand.New(rand.NewPCG(5, 6))
	f := &Faces{Height: 11, Width: 12, Labels: []int{0}}
	for range f.size() {
		f.Pixels = append(f.Pixels, random.Float32())
	}
	e := Paper()
	w := &transformed{EOT: &e, side: side, colors: make([]float32, side*side*3)}
	for draw := range 30 {
		e.Printed = draw%2 == 0
		patch, by, image := make([]float32, len(w.colors)), make([]float32, f.size()), make([]float32, f.size())
		for i := range patch {
			patch[i] = 0.2 + 0.5*random.Float32() // far enough from where colors are clipped
		}
		for i := range by {
			by[i] = float32(random.NormFloat64())
		}
		value := func() (sum float64) {
			w.apply(image, f, 0, patch, rand.New(rand.NewPCG(uint64(draw), 0)))
			for i, g := range by {
				sum += float64(g) * float64(image[i])
			}
			return sum
		}
		value()
		gradient := make([]float32, len(patch))
		w.gradient(gradient, by, f)
		for i := range patch {
			const step = 0.01
			patch[i] += step
			up := value()
			patch[i] -= 2 * step
			down := value()
			patch[i] += step
			if got := (up - down) / (2 * step); math.Abs(got-float64(gradient[i])) > 2e-3 {
				t.Fatalf("draw %d, value %d: gradient %g, a step finds %g", draw, i, gradient[i], got)
			}
		}
	}
}
