package attack

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestBounds(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		from      bounds
		constant  float64
		succeeded bool
		want      bounds
		next      float64
	}{
		{bounds{0, inf}, 1, false, bounds{1, inf}, 10},
		{bounds{1, inf}, 10, true, bounds{1, 10}, 5.5},
		{bounds{1, 10}, 5.5, true, bounds{1, 5.5}, 3.25},
		{bounds{1, 5.5}, 3.25, false, bounds{3.25, 5.5}, 4.375},
		{bounds{0, inf}, 8, true, bounds{0, 8}, 4},
	} {
		b := c.from
		if next := b.next(c.constant, c.succeeded); next != c.next || b != c.want {
			t.Errorf("%v after %g, success %t: got %v and %g, want %v and %g", c.from, c.constant, c.succeeded, b, next, c.want, c.next)
		}
	}
}

// The gradient in tanh space is that which small steps find.
func TestByTanh(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	const n, pull, step = 40, 3, 1e-4
	w, image, byImage := make([]float64, n), make([]float32, n), make([]float32, n)
	for i := range w {
		w[i], image[i], byImage[i] = 4*random.Float64()-2, random.Float32(), float32(random.NormFloat64())
	}
	value := func(w float64) float64 { return (math.Tanh(w) + 1) / 2 }
	x, gradient := make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = float32(value(w[i]))
	}
	byTanh(gradient, x, image, byImage, pull)
	for i := range w {
		loss := func(w float64) float64 {
			d := value(w) - float64(image[i])
			return d*d - pull*float64(byImage[i])*value(w)
		}
		if want := (loss(w[i]+step) - loss(w[i]-step)) / (2 * step); math.Abs(float64(gradient[i])-want) > 1e-4 {
			t.Errorf("value %d: gradient %g, a step finds %g", i, gradient[i], want)
		}
	}
}
