package pipeline

import (
	"fmt"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/tflite"
)

// Classifier classifies faces: Fill each, Run, and read each one's Probabilities. tflite.Classifier and savedmodel.Classifier implement it.
type Classifier interface {
	Initialize() error
	Fill(i int, pixels []byte) error                // face i, as the pack's input wants it
	FillLevels(i int, pixels []byte, top int) error // pixels lie on 0 to top instead of 0 to 255
	Run(n int) error                                // on the faces 0 to n-1
	Logits(i int) [frame.NumClasses]float32         // in the order of the manifest's classes
	Probabilities(i int) frame.Probabilities
	Backend() string // what runs the model, for people
	Notes() []string // why what was asked for is not in use
	Close()
}

// newClassifier makes the classifier of the configured runtime, not yet initialized. TensorFlow Lite's library is opened only to run the model.
func (e *Engine) newClassifier() (Classifier, error) {
	c := &e.Config.Classifier
	if c.Runtime == config.TensorFlow {
		memory.Keep()
		return &savedmodel.Classifier{Pack: e.Pack, Threads: c.Threads}, nil
	}
	library, err := e.openLibrary()
	if err != nil {
		return nil, err
	}
	e.library = library
	return &tflite.Classifier{Library: library, Pack: e.Pack, Threads: c.Threads, Delegates: delegates(c.Delegates), MaxBatch: maxBatch}, nil
}

// openLibrary opens TensorFlow Lite's library.
func (e *Engine) openLibrary() (*tflite.Library, error) {
	path, err := e.Config.Asset(e.Config.Classifier.Library)
	if err != nil {
		return nil, fmt.Errorf("classifier.library: %w", err)
	}
	library, err := tflite.Open(path)
	if err != nil {
		return nil, fmt.Errorf("classifier.library: %w", err)
	}
	return library, nil
}

// delegates names what TensorFlow Lite's classifier shall run on; none chosen means the library's own kernels.
func delegates(chosen []config.Delegate) []string {
	if len(chosen) == 0 {
		return []string{"none"}
	}
	names := make([]string, len(chosen))
	for i, d := range chosen {
		names[i] = string(d)
	}
	return names
}

// OpenReference opens the model in use on TensorFlow Lite's own kernels, to compare an accelerator or another runtime with. The second
// result frees it.
func (e *Engine) OpenReference() (Classifier, func(), error) {
	library, closeLibrary := e.library, func() {}
	if library == nil { // another runtime: the library is open only for the reference
		var err error
		if library, err = e.openLibrary(); err != nil {
			return nil, nil, err
		}
		closeLibrary = func() { _ = library.Close() } // nothing else uses it
	}
	c := &tflite.Classifier{Library: library, Pack: e.Pack, Threads: 1, Delegates: delegates(nil), MaxBatch: 1}
	if err := c.Initialize(); err != nil {
		closeLibrary()
		return nil, nil, err
	}
	return c, func() { c.Close(); closeLibrary() }, nil
}
