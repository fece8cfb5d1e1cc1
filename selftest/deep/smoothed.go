package deep

import (
	"errors"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/selftest"
)

// smoothed is a network behind a smoother, to be attacked together: forward through the smoother, and the gradient at the smoothed image
// passed straight through it (BPDA, Athalye et al., arXiv:1802.00420). An attack on it knows the whole defence.
type smoothed struct {
	attack.Network

	glass  *glass
	images []float32
}

// Logits are those of the smoothed images.
func (s *smoothed) Logits(images, logits []float32) error {
	if err := s.smooth(images); err != nil {
		return err
	}
	return s.Network.Logits(s.images[:len(images)], logits)
}

// Gradient is taken at the smoothed images.
func (s *smoothed) Gradient(images, cotangents, gradients []float32) error {
	if err := s.smooth(images); err != nil {
		return err
	}
	return s.Network.Gradient(s.images[:len(images)], cotangents, gradients)
}

func (s *smoothed) smooth(images []float32) error {
	if len(s.images) < len(images) {
		s.images = make([]float32, len(images))
	}
	size := s.glass.size()
	for from := 0; from < len(images); from += size {
		seen, err := s.glass.through(pixels(images[from : from+size]))
		if err != nil {
			return err
		}
		for k, v := range seen {
			s.images[from+k] = float32(v) / 255
		}
	}
	return nil
}

// pixels are the bytes nearest to values in [0, 1].
func pixels(values []float32) []byte {
	bytes := make([]byte, len(values))
	for i, v := range values {
		bytes[i] = byte(v*255 + 0.5)
	}
	return bytes
}

// glass is a smoother with room for one face.
type glass struct {
	smoother selftest.Smoother
	src, dst gocv.Mat
}

func newGlass(smoother selftest.Smoother, height, width int) *glass {
	return &glass{smoother, gocv.NewMatWithSize(height, width, gocv.MatTypeCV8UC3), gocv.NewMat()}
}

func (g *glass) size() int { return g.src.Rows() * g.src.Cols() * 3 }

// through is a face behind the smoothing, valid until the next.
func (g *glass) through(face []byte) ([]byte, error) {
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

func (g *glass) close() error { return errors.Join(g.src.Close(), g.dst.Close()) }
