package defense

import (
	"slices"

	"github.com/maskwarden/maskwarden/frame"
)

// recorder is a classifier that keeps what it is given, and has one answer for all of it.
type recorder struct {
	pictures [][]byte
	levels   [][]byte // pictures on levels
	top      int      // the highest of these
}

func (r *recorder) Fill(_ int, pixels []byte) error {
	r.pictures = append(r.pictures, slices.Clone(pixels))
	return nil
}

func (r *recorder) FillLevels(_ int, pixels []byte, top int) error {
	r.levels, r.top = append(r.levels, slices.Clone(pixels)), top
	return nil
}

func (*recorder) Run(int) error { return nil }

func (*recorder) Probabilities(int) frame.Probabilities { return frame.Probabilities{1} }

// saw says whether a picture is among those that were given.
func saw(given [][]byte, picture []byte) bool {
	return slices.ContainsFunc(given, func(p []byte) bool { return slices.Equal(p, picture) })
}
