//go:build !tensorflow

package savedmodel_test

import (
	"testing"

	"github.com/maskwarden/maskwarden/savedmodel"
)

func TestLite(t *testing.T) {
	const want = "this program was built without TensorFlow, which attacks with gradients need: " +
		"on a machine with 1 GB of memory to spare, build with `make build-tensorflow` and run bin/maskwarden-tensorflow"
	if _, err := savedmodel.Open(nil, 1); err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if version := savedmodel.Version(); version != "" {
		t.Errorf("version %q, want none", version)
	}
}
