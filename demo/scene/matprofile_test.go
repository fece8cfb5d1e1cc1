//go:build matprofile

package scene_test

import (
	"os"

	"gocv.io/x/gocv"
)

const profiled = true // the profile itself allocates

// matsLeft counts the Mats not closed, and prints where they were made.
func matsLeft() int {
	n := gocv.MatProfile.Count()
	if n > 0 {
		_ = gocv.MatProfile.WriteTo(os.Stderr, 1)
	}
	return n
}
