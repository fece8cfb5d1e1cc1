package evaluate_test

import (
	"os"
	"testing"

	"github.com/maskwarden/maskwarden/capture/decode"
)

func TestMain(m *testing.M) {
	decode.Main()
	os.Exit(m.Run())
}
