//go:build matprofile

package daemon_test

import (
	"fmt"
	"testing"
	"time"

	"gocv.io/x/gocv"
)

// TestNoMatIsLeft runs a picture, and for a while a scene, through the whole daemon and counts what was not closed.
func TestNoMatIsLeft(t *testing.T) {
	before := gocv.MatProfile.Count()
	u := start(t, fmt.Sprintf("cameras: [{name: still, source: %q}]", "file://"+assets+"/astronaut.png"))
	select {
	case <-u.done:
	case <-time.After(patience):
		t.Fatal("a picture has an end, but the daemon has none")
	}
	u = start(t, "cameras: [{name: a, source: \"synthetic://\"}]")
	<-u.ready
	until(t, "some frames were processed", func() bool { return u.State().Cameras[0].Frames > 30 })
	u.stop(t)
	if left := gocv.MatProfile.Count() - before; left != 0 {
		t.Errorf("%d Mats were not closed", left)
	}
}
