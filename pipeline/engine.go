package pipeline

import (
	"errors"
	"fmt"
	"sync"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/tflite"
)

// maxBatch is how many faces one inference takes: larger batches gain no speed, and cost memory.
const maxBatch = 2

// Engine is what all cameras share: the model pack, and one classifier on the runtime that the configuration names.
type Engine struct {
	Config   *config.Config
	Dir      string // of the pack; "": where the configuration says
	Baseline bool   // takes a pack, too, that is only compared with: never for cameras

	Pack       *pack.Pack
	Classifier Classifier
	Smoother   *defense.Smoother
	Checker    *defense.Checker // nil: defense.certify is off
	Samples    FaceSamples

	library *tflite.Library // nil: another runtime
	mu      sync.Mutex      // one batch at a time goes through the smoother, the checker and the classifier
}

// Initialize opens the pack and the classifier.
func (e *Engine) Initialize() (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	c := &e.Config.Classifier
	dir := e.Dir
	if dir == "" {
		if dir, err = e.Config.Asset(c.Pack); err != nil {
			return fmt.Errorf("classifier.pack: %w", err)
		}
	}
	open := c.OpenPack
	if e.Baseline {
		open = c.OpenBaseline
	}
	if e.Pack, err = open(dir); err != nil {
		return fmt.Errorf("classifier.pack: %w", err)
	}
	if e.Classifier, err = e.newClassifier(); err != nil {
		return err
	}
	if err = e.Classifier.Initialize(); err != nil {
		return fmt.Errorf("classifier: %w", err)
	}
	e.Smoother = &defense.Smoother{Window: e.Pack.Manifest.Smoothing.Window}
	if err = e.Smoother.Initialize(); err != nil {
		return err
	}
	return e.initializeChecker()
}

func (e *Engine) initializeChecker() error {
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
