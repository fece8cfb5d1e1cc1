package selftest

import (
	"errors"

	"gocv.io/x/gocv"
)

// Glass is a smoother with room for one face.
type Glass struct {
	smoother Smoother
	src, dst gocv.Mat
}

// NewGlass has room for faces of height x width x 3 bytes.
func NewGlass(smoother Smoother, height, width int) *Glass {
	return &Glass{smoother, gocv.NewMatWithSize(height, width, gocv.MatTypeCV8UC3), gocv.NewMat()}
}

// Size is how many bytes a face has.
func (g *Glass) Size() int { return g.src.Rows() * g.src.Cols() * 3 }

// Through is a face behind the smoothing, valid until the next.
func (g *Glass) Through(face []byte) ([]byte, error) {
	to, err := g.src.DataPtrUint8()
	if err != nil {
		return nil, err
	}
	copy(to, face)
	if err := g.smoother.Apply(g.src, &g.dst); err != nil {
		return nil, err
	}
	return g.dst.DataPtrUint8()
}

// Close frees the room.
func (g *Glass) Close() error { return errors.Join(g.src.Close(), g.dst.Close()) }
