// Package savedmodel runs a pack's SavedModel on TensorFlow, through TensorFlow's own Go bindings: as a classifier of faces, and for the
// gradients that attacks with full knowledge of the weights need. Only programs built with the tag tensorflow can: see ErrLite.
package savedmodel

import "errors"

// ErrLite is returned by Open and by Classifier.Initialize in programs built without the tag tensorflow.
var ErrLite = errors.New("this program was built without TensorFlow, which `classifier.runtime: tensorflow` and attacks with gradients need: " +
	"on a machine with 1 GB of memory to spare, build with `make build-tensorflow` and run bin/maskwarden-tensorflow")

// Batch is how many images TensorFlow is given at once; more take several runs.
const Batch = 32 // beyond this the activations leave the processor's cache
