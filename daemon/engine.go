package daemon

import (
	"fmt"
	"path/filepath"
	"sync"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/tflite"
)

// Engine is what all cameras share: the model pack, the TensorFlow Lite library and one classifier.
type Engine struct {
	Config *config.Config
	Assets string // folder in which relative paths of models and libraries lie

	Pack       *pack.Pack
	Classifier *tflite.Classifier
	Smoother   *defense.Smoother

	library *tflite.Library
	mu      sync.Mutex // one batch at a time goes through the smoother and the classifier
}

// Initialize opens the pack and the library and readies the classifier.
func (e *Engine) Initialize() (err error) {
	defer func() {
		if err != nil {
			e.Close()
		}
	}()
	if e.Pack, err = pack.Open(e.path(e.Config.Classifier.Pack)); err != nil {
		return fmt.Errorf("classifier.pack: %w", err)
	}
	if e.library, err = tflite.Open(e.path(e.Config.Classifier.Library)); err != nil {
		return fmt.Errorf("classifier.library: %w", err)
	}
	e.Classifier = &tflite.Classifier{
		Library:   e.library,
		Pack:      e.Pack,
		Threads:   e.Config.Classifier.Threads,
		Delegates: e.Config.Classifier.Delegates,
		MaxBatch:  8,
	}
	if err = e.Classifier.Initialize(); err != nil {
		return fmt.Errorf("classifier: %w", err)
	}
	e.Smoother = &defense.Smoother{Window: e.Pack.Smoothing.Window}
	return e.Smoother.Initialize()
}

// Close frees the classifier, the smoother and the library; the pipelines must be closed before.
func (e *Engine) Close() {
	if e.Smoother != nil {
		e.Smoother.Close()
	}
	if e.Classifier != nil {
		e.Classifier.Close()
	}
	if e.library != nil {
		e.library.Close()
	}
}

// Pipeline makes the pipeline of one camera.
func (e *Engine) Pipeline() (*Pipeline, error) {
	c := e.Config
	p := &Pipeline{
		Engine: e,
		Detector: &face.Detector{
			Model:    e.path(c.Faces.Model),
			MaxSide:  c.Faces.MaxSide,
			MinScore: c.Faces.MinScore,
			NMSIoU:   c.Faces.NMSIoU,
		},
		Tracker: &face.Tracker{MinIoU: c.Tracker.MinIoU, MaxMissed: c.Tracker.MaxMissed, MinHits: c.Tracker.MinHits},
		Gate:    &face.Gate{MinSize: c.Faces.MinSize, MinSharpness: c.Faces.MinSharpness, MaxYaw: c.Faces.MaxYaw},
		Cropper: &face.Cropper{Margin: e.Pack.Input.CropMargin, Width: e.Pack.Input.Width, Height: e.Pack.Input.Height},
		Voter: &decision.Voter{
			MinVotes:   c.Decision.MinVotes,
			Confidence: c.Decision.Confidence,
			HalfLife:   c.Decision.HalfLife.Duration,
		},
		DetectEvery: c.Faces.DetectEvery,
	}
	if err := p.Initialize(); err != nil {
		return nil, err
	}
	return p, nil
}

func (e *Engine) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(e.Assets, p)
}
