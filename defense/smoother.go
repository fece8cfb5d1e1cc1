// Package defense removes what an attacker may have added to a picture.
package defense

import (
	"errors"
	"fmt"
	"image"
	"image/color"

	"gocv.io/x/gocv"
)

// MaxWindow is the largest window of Smoother.
const MaxWindow = 31

// Smoother is spatial smoothing (Xu et al. 2018, Feature Squeezing, arXiv:1704.01155): each value becomes the median of
// its channel over a square window. Its output equals that of SpatialSmoothing of the Adversarial Robustness Toolbox for
// odd windows, also at the border, where the picture continues mirrored with its edge repeated. It belongs to one goroutine.
type Smoother struct {
	Window int // side of the window in pixels, odd, 1 (no smoothing) to MaxWindow

	padded, blurred gocv.Mat
	open            bool
}

// Initialize checks the window.
func (s *Smoother) Initialize() error {
	if s.Window < 1 || s.Window > MaxWindow || s.Window%2 == 0 {
		return fmt.Errorf("smoothing: window %d: want an odd number from 1 (off) to %d", s.Window, MaxWindow)
	}
	s.padded, s.blurred = gocv.NewMat(), gocv.NewMat()
	s.open = true
	return nil
}

// Apply writes the smoothed src, height x width x 3, 8 bits, to dst, which may be src.
func (s *Smoother) Apply(src gocv.Mat, dst *gocv.Mat) error {
	switch {
	case !s.open:
		return errors.New("smoothing: not initialized, or closed")
	case dst == nil || dst.Ptr() == nil:
		return errors.New("smoothing: no Mat to write to")
	case src.Ptr() == nil || src.Empty():
		return errors.New("smoothing: the picture is empty")
	case src.Type() != gocv.MatTypeCV8UC3:
		return fmt.Errorf("smoothing: the picture has type %v: want CV8UC3", src.Type())
	case s.Window == 1:
		src.CopyTo(dst)
		return nil
	}
	pad := s.Window / 2
	gocv.CopyMakeBorder(src, &s.padded, pad, pad, pad, pad, gocv.BorderReflect, color.RGBA{})
	gocv.MedianBlur(s.padded, &s.blurred, s.Window) // its own border, replicated, lies in the part cut off
	inner := s.blurred.Region(image.Rect(pad, pad, pad+src.Cols(), pad+src.Rows()))
	inner.CopyTo(dst)
	return inner.Close()
}

// Close frees the buffers. It may be called twice, and without Initialize.
func (s *Smoother) Close() error {
	if !s.open {
		return nil
	}
	s.open = false
	return errors.Join(s.padded.Close(), s.blurred.Close())
}
