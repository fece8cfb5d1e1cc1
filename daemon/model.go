package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/selftest"
)

// vitalChecks are the known answers that the model and the smoothing in use must give before a frame is processed. They may run
// while cameras run, one at a time.
func vitalChecks(e *pipeline.Engine) []selftest.Check {
	return []selftest.Check{
		selftest.PackHash{Pack: e.Pack},
		selftest.ModelAnswers{Classifier: e.SharedClassifier(), Pack: e.Pack},
		selftest.Smoothing{Smoother: e.SharedSmoother(), Window: e.Smoother.Window},
	}
}

// delegateCheck compares a classifier with TensorFlow Lite's own kernels: an accelerator, or another runtime.
func delegateCheck(e *pipeline.Engine, inUse selftest.Classifier, seed uint64) selftest.Delegate {
	d := selftest.Delegate{
		InUse: inUse, Pack: e.Pack, Backend: e.Classifier.Backend(), Notes: e.Classifier.Notes(), Seed: seed,
		Reference: func() (selftest.Classifier, func(), error) { return e.OpenReference() },
		Against:   "the CPU", Hint: "set classifier.delegates to [] until the accelerator's driver is fixed",
	}
	switch c := &e.Config.Classifier; {
	case c.Runtime == config.TensorFlow:
		d.Against, d.Hint = "TensorFlow Lite on the CPU", "set classifier.runtime to tflite until TensorFlow or its device's driver is fixed"
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
