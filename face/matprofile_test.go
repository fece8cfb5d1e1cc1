//go:build matprofile

package face_test

import (
	"os"
	"testing"

	"gocv.io/x/gocv"
)

// profiled says that gocv keeps a record of every Mat, which allocates.
const profiled = true

// TestMain fails where a test leaves a Mat behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if n := gocv.MatProfile.Count(); n != 0 {
		_ = gocv.MatProfile.WriteTo(os.Stderr, 1)
		code = 1
	}
	os.Exit(code)
}
