package attack

import (
	"iter"
	"math"
)

// pose is one transform drawn from EOT.
type pose struct {
	row, col     float64 // of the top left pixel before the patch is turned and scaled about its middle
	angle, scale float64
	gain, offset float32
}

// bilinear is what one pixel of the face shows of the patch: up to four of its pixels. Beyond its edge there is no patch.
type bilinear struct {
	at     [4]int // the first value of each, in the patch
	weight [4]float32
	n      int
}

// coverage is the share of the face's pixel that the patch takes.
func (b *bilinear) coverage() (sum float32) {
	for _, w := range b.weight[:b.n] {
		sum += w
	}
	return sum
}

// sample finds the patch's pixels around column u and row v.
func sample(u, v float64, side int) (b bilinear) {
	left, top := math.Floor(u), math.Floor(v)
	for j := range 2 {
		for i := range 2 {
			x, y := int(left)+i, int(top)+j
			w := (1 - math.Abs(u-float64(x))) * (1 - math.Abs(v-float64(y)))
			if x >= 0 && y >= 0 && x < side && y < side && w > 0 {
				b.at[b.n], b.weight[b.n] = (y*side+x)*3, float32(w)
				b.n++
			}
		}
	}
	return b
}

// pixels yields the first values of the face's pixels that a patch in a pose covers, and what each shows.
func (p pose) pixels(faces *Faces, side int) iter.Seq2[int, bilinear] {
	return func(yield func(int, bilinear) bool) {
		middle := float64(side-1) / 2
		x0, y0 := p.col+middle, p.row+middle
		sin, cos := math.Sincos(p.angle)
		sin, cos = sin/p.scale, cos/p.scale
		reach := p.scale * float64(side+1) * math.Sqrt2 / 2
		for y := max(0, int(math.Floor(y0-reach))); y <= min(faces.Height-1, int(math.Ceil(y0+reach))); y++ {
			for x := max(0, int(math.Floor(x0-reach))); x <= min(faces.Width-1, int(math.Ceil(x0+reach))); x++ {
				dx, dy := float64(x)-x0, float64(y)-y0
				b := sample(middle+cos*dx-sin*dy, middle+sin*dx+cos*dy, side)
				if b.n > 0 && !yield((y*faces.Width+x)*3, b) {
					return
				}
			}
		}
	}
}

// apply fills x with face i and a patch of these colors in the pose.
func (p pose) apply(x []float32, faces *Faces, i int, colors []float32, side int) {
	copy(x, faces.image(i))
	for at, b := range p.pixels(faces, side) {
		rest := 1 - b.coverage()
		for k := range 3 {
			v := x[at+k] * rest
			for n := range b.n {
				v += b.weight[n] * colors[b.at[n]+k]
			}
			x[at+k] = min(1, max(0, v))
		}
	}
}

// gradient fills byColors from the gradient by the image.
func (p pose) gradient(byColors, byImage []float32, faces *Faces, side int) {
	clear(byColors)
	for at, b := range p.pixels(faces, side) {
		for k := range 3 {
			for n := range b.n {
				byColors[b.at[n]+k] += b.weight[n] * byImage[at+k]
			}
		}
	}
}
