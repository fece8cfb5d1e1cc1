package pipeline

import (
	"net/url"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/demo/scene"
	"github.com/maskwarden/maskwarden/frame"
)

// NewCamera makes the source of a configured camera; its logger and Initialize are the caller's.
func NewCamera(all *config.Config, c *config.Camera, pool *frame.Pool) (*capture.Camera, error) {
	address, err := c.Address()
	if err == nil {
		err = CheckSynthetic(address)
	}
	if err != nil {
		return nil, err
	}
	return &capture.Camera{
		Name: string(c.Name), URI: address, Width: c.Width, Height: c.Height, FPS: c.FPS, Loop: c.Loop,
		CAFile: c.CAFile, InsecureTLS: c.InsecureTLS, Rotate: c.Rotate, Flip: c.Flip.Mirror(),
		StallTimeout: time.Duration(c.StallTimeout), PrivacyZones: zones(c.PrivacyZones), Pool: pool, Synthetic: Synthetic(all),
	}, nil
}

// CheckSynthetic refuses a synthetic camera that cannot be drawn. Capture takes cameras for live and would try forever.
func CheckSynthetic(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "synthetic" {
		return nil //nolint:nilerr // capture refuses what is no address
	}
	_, err = scene.FromURL(u, "")
	return err
}

// Synthetic opens synthetic:// sources with the portrait among the assets.
func Synthetic(c *config.Config) func(*url.URL) (capture.Source, error) {
	return func(u *url.URL) (capture.Source, error) {
		portrait, err := c.Asset("astronaut.png")
		if err != nil {
			return nil, err
		}
		s, err := scene.FromURL(u, portrait)
		if err != nil {
			return nil, err
		}
		return s, s.Initialize()
	}
}

func zones(fractions []config.Zone) (boxes []frame.Box) {
	for _, z := range fractions {
		boxes = append(boxes, frame.Box{X0: float32(z[0]), Y0: float32(z[1]), X1: float32(z[2]), Y1: float32(z[3])})
	}
	return boxes
}
