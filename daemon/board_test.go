package daemon

import (
	"testing"
	"testing/synctest"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// TestLostCameraHasNobody shows that what a lost camera last saw is not reported as the present.
func TestLostCameraHasNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config.Default()
		c.Cameras = []config.Camera{{Name: "a"}}
		d := &Daemon{Config: c}
		d.board.start(d)
		f := &frame.Frame{Camera: "a", Image: gocv.NewMat(), Faces: make([]frame.Face, 3)}
		defer f.Image.Close()
		see := func() {
			for range 25 {
				time.Sleep(time.Second / 10)
				d.board.frame(f, capture.Stats{})
			}
		}
		expect := func(when string, people int, fps float64) {
			t.Helper()
			s, _, _ := d.seen()
			if got := s.Cameras[0]; got.People != people || got.FPS != fps || d.board.people() != people {
				t.Errorf("%s: %d people (%d before all cameras), %v frames a second; want %d, %v", when, got.People, d.board.people(), got.FPS, people, fps)
			}
		}
		d.board.camera("a", report.OK, "")
		see()
		expect("it works", 3, 10)
		d.board.camera("a", report.Lost, "no frame for 5 s")
		expect("it is lost", 0, 0)
		d.board.frame(f, capture.Stats{})
		expect("a frame was still on its way", 0, 0)
		time.Sleep(time.Hour)
		d.board.camera("a", report.OK, "")
		expect("it is back", 0, 0)
		see()
		expect("it sees again", 3, 10)
	})
}
