package scene

import (
	"math"

	"github.com/maskwarden/maskwarden/frame"
)

// uv is a place on a face: u to the right in distances between the eyes, v down in distances from eyes to mouth,
// from the point between the eyes. The tip of a nose is near (0, 0.5), a chin near (0, 1.85).
type uv struct{ u, v float64 }

// anatomy maps places on a face to pixels of its portrait.
type anatomy struct {
	x, y     float64 // between the eyes
	cos, sin float64 // of the line through the eyes
	eyes     float64 // pixels between the eyes
	mouth    float64 // pixels from eyes to mouth
}

// newAnatomy measures a face by its landmarks, in the order of frame.Face.Landmarks.
func newAnatomy(l [5]frame.Point) anatomy {
	dx, dy := float64(l[1].X-l[0].X), float64(l[1].Y-l[0].Y)
	a := anatomy{x: float64(l[0].X+l[1].X) / 2, y: float64(l[0].Y+l[1].Y) / 2, eyes: math.Hypot(dx, dy)}
	if a.eyes == 0 {
		return a
	}
	a.cos, a.sin = dx/a.eyes, dy/a.eyes
	mx, my := float64(l[3].X+l[4].X)/2-a.x, float64(l[3].Y+l[4].Y)/2-a.y
	a.mouth = my*a.cos - mx*a.sin
	return a
}

// pixel returns the place in the portrait.
func (a anatomy) pixel(p uv) (x, y float64) {
	u, v := p.u*a.eyes, p.v*a.mouth
	return a.x + u*a.cos - v*a.sin, a.y + u*a.sin + v*a.cos
}

// place is the inverse of pixel.
func (a anatomy) place(x, y float64) uv {
	dx, dy := x-a.x, y-a.y
	return uv{(dx*a.cos + dy*a.sin) / a.eyes, (dy*a.cos - dx*a.sin) / a.mouth}
}

// box returns the face from mid-forehead to chin, as CenterFace boxes it.
func (a anatomy) box() frame.Box {
	return frame.Box{
		X0: float32(a.x - 1.0*a.eyes), Y0: float32(a.y - 1.11*a.mouth),
		X1: float32(a.x + 1.02*a.eyes), Y1: float32(a.y + 1.85*a.mouth),
	}
}

// mirrored returns the landmarks of a portrait of the given width seen in a mirror.
func mirrored(l [5]frame.Point, width int) [5]frame.Point {
	flip := func(p frame.Point) frame.Point { return frame.Point{X: float32(width-1) - p.X, Y: p.Y} }
	return [5]frame.Point{flip(l[1]), flip(l[0]), flip(l[2]), flip(l[4]), flip(l[3])}
}
