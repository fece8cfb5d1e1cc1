package suite

import (
	"context"

	"github.com/maskwarden/maskwarden/attack"
)

// cancelable is a network that stops to answer once a context is done: an attack asks it many times, and knows no context.
type cancelable struct {
	attack.Network
	ctx context.Context
}

// Cancelable returns a network whose Logits fail once ctx is done.
func Cancelable(ctx context.Context, net attack.Network) attack.Network { return cancelable{net, ctx} }

func (c cancelable) Logits(images, logits []float32) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	return c.Network.Logits(images, logits)
}

// smoothed is a network behind a smoother, attacked together: forward through the smoother, and the gradient at the smoothed image
// passed straight through it (BPDA, Athalye et al., arXiv:1802.00420). An attack on it knows the whole defense.
type smoothed struct {
	attack.Network

	smooth Smooth
	size   int // values of an image
	images []float32
}

// Smoothed puts a smoother in front of a network whose images have size values.
func Smoothed(net attack.Network, smooth Smooth, size int) attack.Network {
	return &smoothed{Network: net, smooth: smooth, size: size}
}

func (s *smoothed) Logits(images, logits []float32) error {
	if err := s.apply(images); err != nil {
		return err
	}
	return s.Network.Logits(s.images, logits)
}

func (s *smoothed) Gradient(images, cotangents, gradients []float32) error {
	if err := s.apply(images); err != nil {
		return err
	}
	return s.Network.Gradient(s.images, cotangents, gradients)
}

func (s *smoothed) apply(images []float32) error {
	s.images = s.images[:0]
	for from := 0; from < len(images); from += s.size {
		face, err := s.smooth(Bytes(images[from : from+s.size]))
		if err != nil {
			return err
		}
		s.images = AppendValues(s.images, face)
	}
	return nil
}

// counted is a network that tells how many images it has been asked about.
type counted struct {
	attack.Network
	asked int
	each  func(asked int)
}

func (c *counted) Logits(images, logits []float32) error {
	c.asked += len(logits) / attack.Classes
	c.each(c.asked)
	return c.Network.Logits(images, logits)
}
