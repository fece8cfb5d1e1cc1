package capture

import (
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/frame"
)

// checkZones says which privacy zone is no part of a picture.
func checkZones(zones []frame.Box) error {
	for i, z := range zones {
		if !(0 <= z.X0 && z.X0 < z.X1 && z.X1 <= 1 && 0 <= z.Y0 && z.Y0 < z.Y1 && z.Y1 <= 1) { // so written, NaN fails too
			return fmt.Errorf("privacy zone %d (x %v to %v, y %v to %v): want fractions of the picture, 0 to 1, rising",
				i+1, z.X0, z.X1, z.Y0, z.Y1)
		}
	}
	return nil
}

// paintBlack blackens the pixels that a zone touches, even in part. The picture is BGR, without padding.
func paintBlack(pixels []byte, width, height int, z frame.Box) {
	x0, x1 := span(z.X0, z.X1, width)
	y0, y1 := span(z.Y0, z.Y1, height)
	for y := y0; y < y1; y++ {
		clear(pixels[3*(y*width+x0) : 3*(y*width+x1)])
	}
}

func span(from, to float32, size int) (first, end int) {
	n := float64(size)
	return int(math.Floor(float64(from) * n)), min(size, int(math.Ceil(float64(to)*n)))
}
