package pipeline

import (
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/face"
)

// NewPipeline makes the pipeline of one camera, as the engine's configuration says.
func (e *Engine) NewPipeline() (*Pipeline, error) {
	c := e.Config
	model, err := c.Asset(c.Faces.Model)
	if err != nil {
		return nil, fmt.Errorf("faces.model: %w", err)
	}
	in := e.Pack.Manifest.Input
	p := &Pipeline{
		Engine:   e,
		Detector: newDetector(c, model),
		Tracker:  &face.Tracker{MinIoU: float32(c.Tracker.MinIoU), MaxMissed: c.Tracker.MaxMissed, MinHits: c.Tracker.MinHits},
		Gate: &face.Gate{
			MinSize: float32(c.Faces.MinSize), MinBrightness: c.Faces.MinBrightness, MinContrast: c.Faces.MinContrast,
			MinSharpness: c.Faces.MinSharpness, MaxYaw: float32(c.Faces.MaxYaw),
		},
		Cropper:     &face.Cropper{Margin: float32(in.CropMargin), Width: in.Width, Height: in.Height},
		Voter:       e.NewVoter(),
		DetectEvery: c.Faces.DetectEvery,
	}
	if err := p.Initialize(); err != nil {
		return nil, err
	}
	return p, nil
}

// newDetector is the configured face detector, not yet initialized.
func newDetector(c *config.Config, model string) *face.Detector {
	f := &c.Faces
	return &face.Detector{Model: model, MaxSide: f.MaxSide, MinScore: float32(f.MinScore), NMSIoU: float32(f.NMSIoU)}
}

// CheckDetector is an error unless a file is the face detector, and can be used as the configuration says.
func CheckDetector(c *config.Config, path string) error {
	d := newDetector(c, path)
	if err := d.Initialize(); err != nil {
		return err
	}
	return d.Close()
}

// NewVoter makes a voter with the configured rules, not yet initialized.
func (e *Engine) NewVoter() *decision.Voter {
	c, d := &e.Config.Decision, &e.Config.Defense
	return &decision.Voter{
		MinVotes: c.MinVotes, Confidence: c.Confidence, HalfLife: time.Duration(c.HalfLife), Repeat: time.Duration(c.Repeat),
		Round: d.Rounding,
		Watch: decision.Watch{
			Conflict: float32(d.AlarmConflict), Checks: d.AlarmChecks, Recheck: time.Duration(d.Recheck),
			Flips: d.ProbingFlips, Window: time.Duration(d.ProbingWindow),
		},
	}
}
