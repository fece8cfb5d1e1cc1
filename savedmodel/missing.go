package savedmodel

import "errors"

// ErrLite is why nothing here works in programs built without TensorFlow.
var ErrLite = errors.New("this program was built without TensorFlow, which attacks with gradients need: " +
	"on a machine with 1 GB of memory to spare, build with `make build-tensorflow` and run bin/maskwarden-tensorflow")
