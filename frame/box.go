package frame

// Point is a place in a picture, in pixels from its upper left corner.
type Point struct{ X, Y float32 }

// Box is a rectangle in a picture, in pixels; X1 and Y1 lie just outside it.
type Box struct{ X0, Y0, X1, Y1 float32 }

// Width returns the box's width in pixels, 0 for an empty box.
func (b Box) Width() float32 { return max(0, b.X1-b.X0) }

// Height returns the box's height in pixels, 0 for an empty box.
func (b Box) Height() float32 { return max(0, b.Y1-b.Y0) }

// Area returns the box's area in square pixels.
func (b Box) Area() float32 { return b.Width() * b.Height() }

// Center returns the middle of the box.
func (b Box) Center() Point { return Point{(b.X0 + b.X1) / 2, (b.Y0 + b.Y1) / 2} }

// IoU returns the intersection over union of two boxes, 0 to 1.
func (b Box) IoU(o Box) float32 {
	inter := Box{max(b.X0, o.X0), max(b.Y0, o.Y0), min(b.X1, o.X1), min(b.Y1, o.Y1)}.Area()
	if inter == 0 {
		return 0
	}
	return inter / (b.Area() + o.Area() - inter)
}
