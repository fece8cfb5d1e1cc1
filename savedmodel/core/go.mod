// The protobuf packages that TensorFlow's Go bindings import and do not contain: mk/tensorflow generates them here, for builds with
// the tag tensorflow. This file is there without them, so that go.mod's replace holds in a fresh clone.
module github.com/tensorflow/tensorflow/tensorflow/go/core

go 1.26.8

require google.golang.org/protobuf v1.36.12
