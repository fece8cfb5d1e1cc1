//go:build matprofile

package page_test

import (
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// When server and feed are closed no pixels are left, nor do frames that come late bring any.
func TestNoMatIsLeft(t *testing.T) {
	before := gocv.MatProfile.Count()
	t.Run("watched", func(t *testing.T) {
		s := serve(t, newDaemon(), nil)
		feed(t, s, "front")
		get(t, s, "/camera/front.jpg")
		stop(t, s)
		s.Show(&frame.Frame{Camera: "late"})
	})
	if after := gocv.MatProfile.Count(); after != before {
		t.Errorf("%d Mats are left, %d before", after, before)
	}
}
