package capture

import (
	"fmt"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// Flips of a picture, after it was rotated.
const (
	FlipHorizontal = "horizontal" // left and right change places
	FlipVertical   = "vertical"
)

// orientation makes the pictures of a camera that hangs upside down, on its side, or behind a mirror upright.
type orientation struct {
	rotate int // degrees clockwise: 0, 90, 180 or 270
	flip   string
}

func (o orientation) check() error {
	switch o.rotate {
	case 0, 90, 180, 270:
	default:
		return fmt.Errorf("rotate by %d degrees: want 0, 90, 180 or 270", o.rotate)
	}
	switch o.flip {
	case "", FlipHorizontal, FlipVertical:
		return nil
	}
	return fmt.Errorf("flip %q: want %s or %s", o.flip, FlipHorizontal, FlipVertical)
}

func (o orientation) upright() bool { return o == orientation{} }

// turn puts the upright picture of from, BGR, 8 bits, into to, another Mat.
func (o orientation) turn(from gocv.Mat, to *gocv.Mat) {
	at := from
	switch o.rotate {
	case 90:
		gocv.Rotate(at, to, gocv.Rotate90Clockwise)
	case 180:
		gocv.Rotate(at, to, gocv.Rotate180Clockwise)
	case 270:
		gocv.Rotate(at, to, gocv.Rotate90CounterClockwise)
	}
	if o.rotate != 0 {
		at = *to
	}
	switch o.flip {
	case FlipHorizontal:
		gocv.Flip(at, to, 1)
	case FlipVertical:
		gocv.Flip(at, to, 0)
	}
}

// box is where a box of a picture of width x height pixels lies in the upright one.
func (o orientation) box(b frame.Box, width, height float32) frame.Box {
	switch o.rotate {
	case 90:
		b = frame.Box{X0: height - b.Y1, Y0: b.X0, X1: height - b.Y0, Y1: b.X1}
		width, height = height, width
	case 180:
		b = frame.Box{X0: width - b.X1, Y0: height - b.Y1, X1: width - b.X0, Y1: height - b.Y0}
	case 270:
		b = frame.Box{X0: b.Y0, Y0: width - b.X1, X1: b.Y1, Y1: width - b.X0}
		width, height = height, width
	}
	switch o.flip {
	case FlipHorizontal:
		b.X0, b.X1 = width-b.X1, width-b.X0
	case FlipVertical:
		b.Y0, b.Y1 = height-b.Y1, height-b.Y0
	}
	return b
}
