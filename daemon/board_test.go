package daemon

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/metrics"
	"github.com/maskwarden/maskwarden/selftest"
	cameracheck "github.com/maskwarden/maskwarden/selftest/camera"
)

// parked is a daemon of which only the board and the health are there, with the cameras door and hall.
func parked(t *testing.T) *Daemon {
	t.Helper()
	d := &Daemon{Config: &config.Config{Device: "unit"}, Version: "test", Logger: slog.New(slog.DiscardHandler)}
	for _, name := range []config.Name{"door", "hall"} {
		d.Config.Cameras = append(d.Config.Cameras, config.Camera{Name: name})
	}
	d.board.start(d.Config)
	d.health.Now, d.health.OnChange = time.Now, d.turned
	if err := d.health.Initialize(); err != nil {
		t.Fatal(err)
	}
	return d
}

// woken says whether the board has news, and takes it.
func woken(b *board) bool {
	select {
	case <-b.news:
		return true
	default:
		return false
	}
}

// view is a processed frame with so many people, and one face that nobody tracks.
func view(t *testing.T, camera string, people int) *frame.Frame {
	t.Helper()
	f := &frame.Frame{Camera: camera, Image: gocv.NewMatWithSize(12, 16, gocv.MatTypeCV8UC3), Faces: []frame.Face{{}}}
	t.Cleanup(func() { f.Image.Close() })
	for i := range people {
		f.Faces = append(f.Faces, frame.Face{Track: uint64(i + 1)})
	}
	return f
}

// TestLostCameraShowsNobody loses a camera while people are in view: from that moment nobody is, in the state and in the metrics, also
// if a frame from before is processed after it.
func TestLostCameraShowsNobody(t *testing.T) {
	d := parked(t)
	m := &metrics.Metrics{State: d.State}
	if err := m.Initialize(); err != nil {
		t.Fatal(err)
	}
	shows := func(people int) {
		t.Helper()
		if got := d.State().Cameras[0]; got.People != people || (got.Status == report.Lost) != (people == 0) {
			t.Errorf("the state shows %+v, want %d people", got, people)
		}
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		body, err := io.ReadAll(w.Result().Body)
		const series = `maskwarden_people{camera="door"}`
		if text := string(body); err != nil || people == 0 && strings.Contains(text, series) || people > 0 && !strings.Contains(text, fmt.Sprintf("%s %d\n", series, people)) {
			t.Errorf("the metrics, for %d people: %v\n%s", people, err, body)
		}
	}
	d.board.turn("door", report.OK, "")
	d.board.place("door").since = time.Now().Add(-rateWindow)
	d.board.see(view(t, "door", 2), capture.Stats{})
	shows(2)
	if got := d.State().Cameras[0].FPS; got <= 0 || got > 0.5 {
		t.Errorf("%v fps, want one frame in two seconds", got)
	}
	woken(&d.board)
	d.board.turn("door", report.Lost, "no picture for 5s")
	shows(0)
	if got := d.State().Cameras[0]; got.FPS != 0 || !woken(&d.board) {
		t.Errorf("%+v: want 0 fps, and news", got)
	}
	d.board.see(view(t, "door", 2), capture.Stats{})
	shows(0)
	if got := d.State().Cameras[0]; got.Frames != 2 || d.board.people() != 0 {
		t.Errorf("%+v, %d people", got, d.board.people())
	}
	d.board.turn("door", report.OK, "")
	d.board.see(view(t, "door", 3), capture.Stats{})
	shows(3)
	woken(&d.board)
	d.board.ended("door")
	if got := d.State().Cameras[0]; got.People != 0 || got.FPS != 0 || !woken(&d.board) {
		t.Errorf("the source ended: %+v, want nobody, and news", got)
	}
}

// TestCameraIsBack fails camera_opens while a camera is lost: its first picture answers the check.
func TestCameraIsBack(t *testing.T) {
	d := parked(t)
	door := cameracheck.Opens(&cameracheck.Camera{Name: "door"})
	hall := cameracheck.Opens(&cameracheck.Camera{Name: "hall"})
	d.health.Pass([]selftest.Result{
		{Name: door.Name, Severity: door.Severity, Result: selftest.Fail}, {Name: hall.Name, Severity: hall.Severity, Result: selftest.Fail},
	})
	c := &camera{daemon: d, name: "door"}
	for _, s := range []struct {
		status string
		want   []string
	}{
		{report.Lost, []string{"self-test camera_opens:door: fail", "self-test camera_opens:hall: fail"}},
		{report.OK, []string{"self-test camera_opens:hall: fail"}},
	} {
		c.turned(s.status, "")
		if got := report.Texts(d.health.Status().Reasons); !slices.Equal(got, s.want) {
			t.Errorf("%s: got %q, want %q", s.status, got, s.want)
		}
	}
}

// TestNews holds what wakes the publisher, and what only moves a counter.
func TestNews(t *testing.T) {
	d := parked(t)
	d.board.turn("door", report.OK, "")
	d.board.opened("net@1:0badc0de", func() report.Spool { return report.Spool{} })
	d.health.Begin()
	woken(&d.board)
	for _, s := range []struct {
		name string
		do   func()
		want bool
	}{
		{"the first frame", func() { d.board.see(view(t, "door", 0), capture.Stats{}) }, true},
		{"another frame", func() { d.board.see(view(t, "door", 0), capture.Stats{Dropped: 4}) }, false},
		{"somebody comes", func() { d.board.see(view(t, "door", 1), capture.Stats{}) }, true},
		{"and stays", func() { d.board.see(view(t, "door", 1), capture.Stats{}) }, false},
		{"somebody leaves", func() { d.board.see(view(t, "door", 0), capture.Stats{}) }, true},
		{"a loop moves", func() { d.board.beat("door") }, false},
		{"a camera is lost", func() { d.board.turn("door", report.Lost, "gone") }, true},
		{"the broker", func() { d.board.broker(true, "") }, true},
		{"a self-test", func() { d.board.tested(&report.SelfTest{}) }, true},
		{"a check that passes", func() { d.health.Result(selftest.Result{Name: "disk", Result: selftest.Pass}) }, false},
		{"health", func() { d.health.Pass(nil) }, true},
		{"a check that fails", func() { d.health.Result(selftest.Result{Name: "disk", Result: selftest.Fail}) }, true},
		{"the same again", func() { d.health.Result(selftest.Result{Name: "disk", Result: selftest.Fail}) }, false},
	} {
		s.do()
		if got := woken(&d.board); got != s.want {
			t.Errorf("%s: news %t, want %t", s.name, got, s.want)
		}
	}
}

// TestRateGoesStale lets no frame come for long, from a camera that is not lost yet.
func TestRateGoesStale(t *testing.T) {
	now := time.Now()
	p := newPlace("door", now)
	p.see(view(t, "door", 0), capture.Stats{}, now.Add(time.Second))
	if got := p.at(now.Add(time.Second)).FPS; got != 0 {
		t.Errorf("%v fps before the window has ended", got)
	}
	p.see(view(t, "door", 0), capture.Stats{}, now.Add(rateWindow))
	for after, want := range map[time.Duration]float64{0: 1, rateStale - 1: 1, rateStale: 0} {
		if got := p.at(now.Add(rateWindow + after)).FPS; got != want {
			t.Errorf("%v fps %v after the last frame, want %v", got, after, want)
		}
	}
}

// TestDamageCountsWithoutFrames: a camera that gives nothing but damaged pictures shows how many.
func TestDamageCountsWithoutFrames(t *testing.T) {
	d := parked(t)
	d.board.turn("door", report.Lost, "all came damaged")
	d.board.idle("door", capture.Stats{Damaged: 7, Dropped: 2})
	if c := d.State().Cameras[0]; c.Damaged != 7 || c.Dropped != 2 || c.Frames != 0 {
		t.Errorf("%+v", c)
	}
}

// TestAlive asks about the loops of two cameras of which one stands still.
func TestAlive(t *testing.T) {
	d := parked(t)
	if err := d.board.stuck(); err != nil {
		t.Error(err)
	}
	d.board.place("hall").beat = time.Now().Add(-time.Minute)
	d.board.beat("door")
	if err := d.board.stuck(); err == nil {
		t.Error("a loop that stands still for a minute is not noticed")
	}
	d.board.beat("hall")
	if err := d.board.stuck(); err != nil {
		t.Error(err)
	}
}
