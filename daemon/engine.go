package daemon

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/tflite"
)

// maxBatch is how many faces one inference takes: larger batches gain no speed, and cost memory.
const maxBatch = 2

// Engine is what all cameras share: the model pack, and one classifier on the runtime that the configuration names.
type Engine struct {
	Config *config.Config

	Pack       *pack.Pack
	Classifier Classifier
	Smoother   *defense.Smoother
	Checker    *defense.Checker // nil: defense.certify is off

	library  *tflite.Library // nil: another runtime
	visitors visitors
	mu       sync.Mutex // one batch at a time goes through the smoother, the checker and the classifier
}

// Initialize opens the pack and readies the classifier.
func (e *Engine) Initialize() (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	c := &e.Config.Classifier
	dir, err := e.Config.Asset(c.Pack)
	if err != nil {
		return fmt.Errorf("classifier.pack: %w", err)
	}
	if e.Pack, err = pack.Open(dir, pack.Kind(c.Model), c.Keys()); err != nil {
		return fmt.Errorf("classifier.pack: %w", err)
	}
	if e.Classifier, err = e.open(); err != nil {
		return err
	}
	if err = e.Classifier.Initialize(); err != nil {
		return fmt.Errorf("classifier: %w", err)
	}
	e.Smoother = &defense.Smoother{Window: e.Pack.Manifest.Smoothing.Window}
	if err = e.Smoother.Initialize(); err != nil {
		return err
	}
	return e.defend()
}

// defend readies the certified check.
func (e *Engine) defend() error {
	d := &e.Config.Defense
	if d.Certify == "off" {
		return nil
	}
	e.Checker = &defense.Checker{
		Classifier: e.Classifier, Smoother: e.Smoother, Manifest: &e.Pack.Manifest,
		Certainty: float32(d.Certainty), Recovery: d.Certify == "recovery", Squeeze: d.Squeezing,
	}
	return e.Checker.Initialize()
}

// Checks are the known answers that the model and the smoothing in use must give before a frame is judged. They may run
// beside frames, and one at a time.
func (e *Engine) Checks() []selftest.Check {
	return []selftest.Check{
		selftest.PackHash{Pack: e.Pack},
		selftest.ModelAnswers{Classifier: &shared{engine: e}, Pack: e.Pack},
		selftest.Smoothing{Smoother: sharedSmoother{e}, Window: e.Smoother.Window},
	}
}

// Close frees the classifier, the smoother and the library; the pipelines must be closed before.
func (e *Engine) Close() error {
	if e.Checker != nil {
		_ = e.Checker.Close() // gocv's Close never fails
	}
	if e.Smoother != nil {
		_ = e.Smoother.Close() // gocv's Close never fails
	}
	if e.Classifier != nil {
		e.Classifier.Close()
	}
	if e.library == nil {
		return nil
	}
	return e.library.Close()
}

// Pipeline makes the pipeline of one camera.
func (e *Engine) Pipeline() (*Pipeline, error) {
	c := e.Config
	model, err := c.Asset(c.Faces.Model)
	if err != nil {
		return nil, fmt.Errorf("faces.model: %w", err)
	}
	in := e.Pack.Manifest.Input
	p := &Pipeline{
		Engine: e,
		Detector: &face.Detector{
			Model:    model,
			MaxSide:  c.Faces.MaxSide,
			MinScore: float32(c.Faces.MinScore),
			NMSIoU:   float32(c.Faces.NMSIoU),
		},
		Tracker:     &face.Tracker{MinIoU: float32(c.Tracker.MinIoU), MaxMissed: c.Tracker.MaxMissed, MinHits: c.Tracker.MinHits},
		Gate:        &face.Gate{MinSize: float32(c.Faces.MinSize), MinSharpness: c.Faces.MinSharpness, MaxYaw: float32(c.Faces.MaxYaw)},
		Cropper:     &face.Cropper{Margin: float32(in.CropMargin), Width: in.Width, Height: in.Height},
		Voter:       e.Voter(),
		DetectEvery: c.Faces.DetectEvery,
	}
	if err := p.Initialize(); err != nil {
		return nil, err
	}
	return p, nil
}

// Voter makes a voter with the configured rules, not yet initialized.
func (e *Engine) Voter() *decision.Voter {
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
