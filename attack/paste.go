package attack

import (
	"fmt"
	"math"
)

// Place is where a patch lies: its top left pixel.
type Place struct{ Row, Col int }

// Grid is a square grid of so many places, from corner to corner, for a patch of a side in pixels. One place is the middle.
func Grid(height, width, side, places int) ([]Place, error) {
	along := int(math.Sqrt(float64(places)))
	switch {
	case side < 1 || side > min(height, width):
		return nil, fmt.Errorf("attack: a patch of side %d, want 1 to %d", side, min(height, width))
	case along < 1 || along*along != places:
		return nil, fmt.Errorf("attack: %d places, want a square number, as 25 for a grid of 5x5", places)
	}
	at := func(i, length int) int {
		if along == 1 {
			return (length - side) / 2
		}
		return int(math.RoundToEven(float64(i) * float64(length-side) / float64(along-1)))
	}
	grid := make([]Place, places)
	for i := range grid {
		grid[i] = Place{at(i/along, height), at(i%along, width)}
	}
	return grid, nil
}

// Paste returns the faces with patches at places, one each. There is a patch for each face, [n, side, side, 3], or one for all,
// [side, side, 3].
func Paste(faces *Faces, patches []float32, side int, at []Place) ([]float32, error) {
	if err := faces.check(); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	one := side * side * 3
	if len(patches) != one && len(patches) != one*len(faces.Labels) {
		return nil, fmt.Errorf("attack: %d values of patches of side %d for %d faces, want %d each, or as many for all",
			len(patches), side, len(faces.Labels), one)
	}
	if len(at) != len(faces.Labels) {
		return nil, fmt.Errorf("attack: %d places for %d faces, want one each", len(at), len(faces.Labels))
	}
	if err := checkPlaces(faces, side, at); err != nil {
		return nil, err
	}
	images := make([]float32, len(faces.Pixels))
	for i, place := range at {
		patch := patches[:one]
		if len(patches) > one {
			patch = patches[i*one : (i+1)*one]
		}
		paste(images[i*faces.size():(i+1)*faces.size()], faces, i, patch, side, place)
	}
	return images, nil
}

func checkPlaces(faces *Faces, side int, places []Place) error {
	if side < 1 || side > min(faces.Height, faces.Width) {
		return fmt.Errorf("attack: a patch of side %d, want 1 to %d", side, min(faces.Height, faces.Width))
	}
	for i, p := range places {
		if p.Row < 0 || p.Col < 0 || p.Row > faces.Height-side || p.Col > faces.Width-side {
			return fmt.Errorf("attack: place %d is row %d, column %d, where a patch of side %d leaves the face: want at most %d, %d",
				i, p.Row, p.Col, side, faces.Height-side, faces.Width-side)
		}
	}
	return nil
}

// paste fills x with face i and a patch on it.
func paste(x []float32, faces *Faces, i int, patch []float32, side int, at Place) {
	copy(x, faces.image(i))
	for r := range side {
		copy(x[rowOf(faces, at, r):], patch[r*side*3:(r+1)*side*3])
	}
}

// cut fills patch with what x has under it.
func cut(patch, x []float32, faces *Faces, side int, at Place) {
	for r := range side {
		copy(patch[r*side*3:(r+1)*side*3], x[rowOf(faces, at, r):])
	}
}

// rowOf is the first value of a patch's row in an image.
func rowOf(faces *Faces, at Place, row int) int { return ((at.Row+row)*faces.Width + at.Col) * 3 }
