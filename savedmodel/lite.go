//go:build !tensorflow

package savedmodel

import (
	"errors"

	"github.com/maskwarden/maskwarden/pack"
)

var errLite = errors.New("this program was built without TensorFlow, which attacks with gradients need: " +
	"on a machine with 1 GB of memory to spare, build with `make build-tensorflow` and run bin/maskwarden-tensorflow")

// Network stands for a SavedModel in programs built without TensorFlow. There is none: Open always fails.
type Network struct{}

// Open tells what is missing.
func Open(*pack.Pack, int) (*Network, error) { return nil, errLite }

// Version is TensorFlow's, empty without it.
func Version() string { return "" }

// Logits fails.
func (*Network) Logits(_, _ []float32) error { return errLite }

// Gradient fails.
func (*Network) Gradient(_, _, _ []float32) error { return errLite }

// Close does nothing.
func (*Network) Close() error { return nil }
