package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/tflite"
)

// Classifier is what judges faces: Fill each, Run, and read each one's Probabilities. tflite.Classifier and savedmodel.Classifier are.
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

// open makes the classifier of the configured runtime, not yet initialized. TensorFlow Lite's library is opened only to run the model.
func (e *Engine) open() (Classifier, error) {
	c := &e.Config.Classifier
	if c.Runtime == config.TensorFlow {
		memory.Keep()
		return &savedmodel.Classifier{Pack: e.Pack, Threads: c.Threads}, nil
	}
	library, err := e.lite()
	if err != nil {
		return nil, err
	}
	e.library = library
	return &tflite.Classifier{Library: library, Pack: e.Pack, Threads: c.Threads, Delegates: delegates(c.Delegates), MaxBatch: maxBatch}, nil
}

// lite opens TensorFlow Lite's library.
func (e *Engine) lite() (*tflite.Library, error) {
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

// delegate compares what a check is given of the classifier with TensorFlow Lite's own kernels: an accelerator, or another runtime.
func (e *Engine) delegate(inUse selftest.Classifier, seed uint64) selftest.Delegate {
	d := selftest.Delegate{
		InUse: inUse, Reference: e.reference, Pack: e.Pack, Backend: e.Classifier.Backend(), Notes: e.Classifier.Notes(), Seed: seed,
		Against: "the CPU", Hint: "set classifier.delegates to [] until the accelerator's driver was mended",
	}
	switch c := &e.Config.Classifier; {
	case c.Runtime == config.TensorFlow:
		d.Against, d.Hint = "TensorFlow Lite on the CPU", "set classifier.runtime to tflite until TensorFlow or its device's driver was mended"
		if path, err := e.Config.Asset(c.Library); err != nil {
			d.Alone = fmt.Sprintf("no TensorFlow Lite to compare TensorFlow with: classifier.library: %v", err)
		} else if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			d.Alone = fmt.Sprintf("no TensorFlow Lite to compare TensorFlow with: classifier.library: %s is not there", path)
		}
	case len(c.Delegates) == 0:
		d.Alone = "the library's own kernels are in use: there is nothing to compare them with"
	}
	return d
}

// reference opens the model in use on TensorFlow Lite's own kernels. With another runtime in use its library is open only so long.
func (e *Engine) reference() (selftest.Classifier, func(), error) {
	library, done := e.library, func() {}
	if library == nil {
		var err error
		if library, err = e.lite(); err != nil {
			return nil, nil, err
		}
		done = func() { _ = library.Close() } // nothing else uses it
	}
	c := &tflite.Classifier{Library: library, Pack: e.Pack, Threads: 1, Delegates: delegates(nil), MaxBatch: 1}
	if err := c.Initialize(); err != nil {
		done()
		return nil, nil, err
	}
	return c, func() { c.Close(); done() }, nil
}
