//go:build !tensorflow

package savedmodel

import "github.com/maskwarden/maskwarden/pack"

// Network stands for a SavedModel in programs built without TensorFlow. There is none: Open always fails.
type Network struct{}

// Open returns ErrLite.
func Open(*pack.Pack, int) (*Network, error) { return nil, ErrLite }

// Version is TensorFlow's, empty without it.
func Version() string { return "" }

// Logits fails.
func (*Network) Logits(_, _ []float32) error { return ErrLite }

// Gradient fails.
func (*Network) Gradient(_, _, _ []float32) error { return ErrLite }

// Device is none.
func (*Network) Device() string { return "" }

// Close does nothing.
func (*Network) Close() error { return nil }
