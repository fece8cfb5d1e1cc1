//go:build !tensorflow

package savedmodel_test

import (
	"errors"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/savedmodel"
)

func TestLite(t *testing.T) {
	const want = "this program was built without TensorFlow, which `classifier.runtime: tensorflow` and attacks with gradients need: " +
		"on a machine with 1 GB of memory to spare, build with `make build-tensorflow` and run bin/maskwarden-tensorflow"
	_, err := savedmodel.Open(nil, 1)
	c := &savedmodel.Classifier{Pack: packtest.Open(t, "../models/robust", pack.Float32), Threads: 1}
	for _, err := range []error{err, c.Initialize()} {
		if err == nil || err.Error() != want || !errors.Is(err, savedmodel.ErrLite) {
			t.Errorf("error %q, want %q", err, want)
		}
	}
	c.Close()
	if version := savedmodel.Version(); version != "" {
		t.Errorf("version %q, want none", version)
	}
}
