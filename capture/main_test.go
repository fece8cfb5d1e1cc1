package capture_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// TestMain fails the run when a goroutine or, with -tags matprofile, a Mat is left.
func TestMain(m *testing.M) {
	decode.Main()
	code := m.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if n := matsLeft(); n != 0 {
		fmt.Fprintln(os.Stderr, "Mats left:", n)
		code = 1
	}
	os.Exit(code)
}
