package bench_test

import (
	"os"
	"testing"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// TestMain makes the test binary the decoder too.
func TestMain(m *testing.M) {
	decode.Main()
	os.Exit(m.Run())
}
