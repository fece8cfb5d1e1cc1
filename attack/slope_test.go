package attack

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The slopes by the patch foretell what a small step of it changes in what is seen, in every way of wearing it.
func TestWearSlopes(t *testing.T) {
	const side = 4
	random := rand.New(rand.NewPCG(5, 6))
	f := &Faces{Height: 11, Width: 12, Labels: []int{0}}
	for range f.size() {
		f.Pixels = append(f.Pixels, random.Float32())
	}
	v := Paper()
	w := &worn{Variation: &v, side: side, shown: make([]float32, side*side*3)}
	for way := range 30 {
		v.Printed = way%2 == 0
		patch, by, image := make([]float32, len(w.shown)), make([]float32, f.size()), make([]float32, f.size())
		for i := range patch {
			patch[i] = 0.2 + 0.5*random.Float32() // far enough from where colors are cut
		}
		for i := range by {
			by[i] = float32(random.NormFloat64())
		}
		seen := func() (sum float64) {
			w.lay(image, f, 0, patch, rand.New(rand.NewPCG(uint64(way), 0)))
			for i, g := range by {
				sum += float64(g) * float64(image[i])
			}
			return sum
		}
		seen()
		slope := make([]float32, len(patch))
		w.lift(slope, by, f)
		for i := range patch {
			const step = 0.01
			patch[i] += step
			up := seen()
			patch[i] -= 2 * step
			down := seen()
			patch[i] += step
			if got := (up - down) / (2 * step); math.Abs(got-float64(slope[i])) > 2e-3 {
				t.Fatalf("way %d, value %d: slope %g, a step finds %g", way, i, slope[i], got)
			}
		}
	}
}
