package model

import (
	"errors"

	"gocv.io/x/gocv"
)

// FaceSmoother is a smoother with room for one face.
type FaceSmoother struct {
	smoother Smoother
	src, dst gocv.Mat
}

// NewFaceSmoother has room for faces of height x width x 3 bytes.
func NewFaceSmoother(smoother Smoother, height, width int) *FaceSmoother {
	return &FaceSmoother{smoother, gocv.NewMatWithSize(height, width, gocv.MatTypeCV8UC3), gocv.NewMat()}
}

// Size is how many bytes a face has.
func (s *FaceSmoother) Size() int { return s.src.Rows() * s.src.Cols() * 3 }

// Smooth returns the face smoothed; the bytes are valid until the next call.
func (s *FaceSmoother) Smooth(face []byte) ([]byte, error) {
	to, err := s.src.DataPtrUint8()
	if err != nil {
		return nil, err
	}
	copy(to, face)
	if err := s.smoother.Apply(s.src, &s.dst); err != nil {
		return nil, err
	}
	return s.dst.DataPtrUint8()
}

// Close overwrites both pictures with zeros and frees them.
func (s *FaceSmoother) Close() error {
	s.src.SetTo(gocv.Scalar{})
	s.dst.SetTo(gocv.Scalar{})
	return errors.Join(s.src.Close(), s.dst.Close())
}
