package scene_test

import (
	"fmt"
	"os"
	"testing"
)

// TestMain fails the run when, with -tags matprofile, a Mat is left.
func TestMain(m *testing.M) {
	code := m.Run()
	if n := matsLeft(); n != 0 {
		fmt.Fprintln(os.Stderr, "Mats left:", n)
		code = 1
	}
	os.Exit(code)
}
