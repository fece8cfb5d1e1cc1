package attack

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
)

// Wear returns the faces with one patch, [side, side, 3], worn on each in a way of its own: drawn by lot, at a place, or anywhere where that
// is nil.
func Wear(faces *Faces, patch []float32, side int, v Variation, at *Place, seed uint64) ([]float32, error) {
	if err := errors.Join(faces.check(), v.check()); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	if len(patch) != side*side*3 {
		return nil, fmt.Errorf("attack: %d values of a patch of side %d, want %d", len(patch), side, side*side*3)
	}
	var places []Place
	if at != nil {
		places = []Place{*at}
	}
	if err := checkPlaces(faces, side, places); err != nil {
		return nil, err
	}
	w := &worn{Variation: &v, side: side, at: at, shown: make([]float32, len(patch))}
	random, size := rand.New(rand.NewPCG(seed, 0)), faces.size()
	images := make([]float32, len(faces.Pixels))
	for i := range faces.Labels {
		w.lay(images[i*size:(i+1)*size], faces, i, patch, random)
	}
	return images, nil
}

// taps are the patch's pixels that a pixel of the face shows a share of; beyond its edge there is no patch.
type taps struct {
	at     [4]int // the first value of each, in the patch
	weight [4]float32
	n      int
}

// cover is the share of the face's pixel that the patch takes.
func (t *taps) cover() (sum float32) {
	for _, w := range t.weight[:t.n] {
		sum += w
	}
	return sum
}

// pixels yields the first values of the face's pixels that a patch in a pose covers, and what each shows, bilinear.
func (p pose) pixels(faces *Faces, side int) iter.Seq2[int, taps] {
	return func(yield func(int, taps) bool) {
		middle := float64(side-1) / 2
		x0, y0 := p.col+middle, p.row+middle
		sin, cos := math.Sincos(p.angle)
		sin, cos = sin/p.scale, cos/p.scale
		reach := p.scale * float64(side+1) * math.Sqrt2 / 2
		for y := max(0, int(math.Floor(y0-reach))); y <= min(faces.Height-1, int(math.Ceil(y0+reach))); y++ {
			for x := max(0, int(math.Floor(x0-reach))); x <= min(faces.Width-1, int(math.Ceil(x0+reach))); x++ {
				dx, dy := float64(x)-x0, float64(y)-y0
				t := tap(middle+cos*dx-sin*dy, middle+sin*dx+cos*dy, side)
				if t.n > 0 && !yield((y*faces.Width+x)*3, t) {
					return
				}
			}
		}
	}
}

// tap finds what lies around a place of a patch.
func tap(u, v float64, side int) (t taps) {
	left, top := math.Floor(u), math.Floor(v)
	for j := range 2 {
		for i := range 2 {
			x, y := int(left)+i, int(top)+j
			w := (1 - math.Abs(u-float64(x))) * (1 - math.Abs(v-float64(y)))
			if x >= 0 && y >= 0 && x < side && y < side && w > 0 {
				t.at[t.n], t.weight[t.n] = (y*side+x)*3, float32(w)
				t.n++
			}
		}
	}
	return t
}

// wear fills x with face i and a patch in a pose on it.
func (p pose) wear(x []float32, faces *Faces, i int, shown []float32, side int) {
	copy(x, faces.image(i))
	for at, t := range p.pixels(faces, side) {
		rest := 1 - t.cover()
		for k := range 3 {
			v := x[at+k] * rest
			for n := range t.n {
				v += t.weight[n] * shown[t.at[n]+k]
			}
			x[at+k] = min(1, max(0, v))
		}
	}
}

// wearBack fills slope with the slopes by the shown patch for those by the image.
func (p pose) wearBack(slope, image []float32, faces *Faces, side int) {
	clear(slope)
	for at, t := range p.pixels(faces, side) {
		for k := range 3 {
			for n := range t.n {
				slope[t.at[n]+k] += t.weight[n] * image[at+k]
			}
		}
	}
}
