package deep

import (
	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/selftest"
)

// smoothed is a network behind a smoother, to be attacked together: forward through the smoother, and the gradient at the smoothed image
// passed straight through it (BPDA, Athalye et al., arXiv:1802.00420). An attack on it knows the whole defense.
type smoothed struct {
	attack.Network

	glass  *selftest.Glass
	images []float32
}

// Logits are those of the smoothed images.
func (s *smoothed) Logits(images, logits []float32) error {
	if err := s.smooth(images); err != nil {
		return err
	}
	return s.Network.Logits(s.images, logits)
}

// Gradient is taken at the smoothed images.
func (s *smoothed) Gradient(images, cotangents, gradients []float32) error {
	if err := s.smooth(images); err != nil {
		return err
	}
	return s.Network.Gradient(s.images, cotangents, gradients)
}

func (s *smoothed) smooth(images []float32) error {
	s.images = s.images[:0]
	size := s.glass.Size()
	for from := 0; from < len(images); from += size {
		seen, err := s.glass.Through(pixels(images[from : from+size]))
		if err != nil {
			return err
		}
		s.images = appendValues(s.images, seen)
	}
	return nil
}

// appendValues adds bytes as values in [0, 1].
func appendValues(values []float32, pixels []byte) []float32 {
	for _, v := range pixels {
		values = append(values, float32(v)/255)
	}
	return values
}

// pixels are the bytes nearest to values in [0, 1].
func pixels(values []float32) []byte {
	bytes := make([]byte, len(values))
	for i, v := range values {
		bytes[i] = byte(v*255 + 0.5)
	}
	return bytes
}
