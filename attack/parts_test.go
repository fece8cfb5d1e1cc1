package attack

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Patches anywhere lie inside the face, the larger ones, too, and reach its edges.
func TestDrawInside(t *testing.T) {
	const side, height, width = 4, 20, 30
	e := &EOT{Scale: [2]float64{0.5, 2}, Gain: [2]float64{1, 1}, Offset: [2]float64{-1, 1}}
	if err := e.check(); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	top, bottom := math.Inf(1), math.Inf(-1)
	for range 2000 {
		p := e.draw(random, &Faces{Height: height, Width: width}, side, nil)
		grown := (p.scale - 1) * side / 2
		for _, at := range []struct{ first, length float64 }{{p.row, height}, {p.col, width}} {
			if at.first-grown < -0.51 || at.first+side+grown > at.length+0.51 { // places are whole pixels
				t.Fatalf("a patch of scale %g from %g on leaves %g pixels", p.scale, at.first, at.length)
			}
		}
		top, bottom = min(top, p.row-grown), max(bottom, p.row+side+grown)
	}
	if top > 0.5 || bottom < height-0.5 {
		t.Errorf("patches from row %g to %g of %d", top, bottom, height)
	}
}

// The velocity keeps nine tenths of what it was, and takes gradients by their sizes relative to the mean.
func TestCandidateStep(t *testing.T) {
	c := &candidate{content: []float32{0.5, 0.5, 0.95}, velocity: []float32{0, 1, 0}}
	c.step([]float32{-3, 0, 3}, 0.1)
	for i, want := range []struct{ content, velocity float32 }{{0.4, -1.5}, {0.6, 0.9}, {1, 1.5}} {
		if math.Abs(float64(c.content[i]-want.content)) > 1e-6 || math.Abs(float64(c.velocity[i]-want.velocity)) > 1e-6 {
			t.Errorf("value %d: content %g, velocity %g, want %v", i, c.content[i], c.velocity[i], want)
		}
	}
}
