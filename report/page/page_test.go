package page_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/metrics"
	"github.com/maskwarden/maskwarden/report/page"
)

const patience = 60 * time.Second // for a loaded machine

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// daemon stands for what feeds the page: its state, and two cameras of which one is lost.
type daemon struct {
	mu    sync.Mutex
	state report.State
	ready error
}

func newDaemon() *daemon {
	since := time.Date(2026, 11, 23, 14, 3, 21, 0, time.UTC)
	return &daemon{state: report.State{
		Time: since, Device: "ward-3", Instance: "a1", Version: "1.2.3", Status: report.Degraded,
		Reasons: []string{`camera back: no frame for 5s`, "self-test disk: full; delete something"}, Uptime: 4000, Model: "maskwarden@1.0.0:0badc0de",
		Cameras: []report.Camera{
			{Name: "front", Status: report.OK, Since: since, FPS: 24.9, Frames: 4711, Dropped: 3, Width: 768, Height: 432, People: 2},
			{Name: "back", Status: report.Lost, Since: since, Reason: "rtsp://192.0.2.7/: connection refused"},
		},
		Spool: report.Spool{Queued: 2},
		Health: report.Health{
			State: "degraded", Since: since,
			Reason:   "self-test disk: full; delete something",
			Reasons:  []report.Reason{{Subject: report.SelfTestSubject, Check: "disk", Finding: "full", Hint: "delete something", Since: since}},
			SelfTest: &report.SelfTest{Time: since, Why: "night", Result: "degraded", Checks: 12, Failed: []string{"disk"}, Warned: []string{"temperature", "memory"}},
		},
	}}
}

func (d *daemon) get() report.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

func (d *daemon) change(f func(*daemon)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d)
}

func (d *daemon) check() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ready
}

func serve(t *testing.T, d *daemon, change func(*page.Server)) *page.Server {
	t.Helper()
	m := &metrics.Metrics{Version: "1.2.3"}
	if err := m.Initialize(); err != nil {
		t.Fatal(err)
	}
	checks := []page.Check{{Name: "pipeline", Run: func() error { return nil }}, {Name: "frames", Run: d.check}}
	s := &page.Server{
		Listen: "127.0.0.1:0", Device: "ward-3", Version: "1.2.3", Model: "maskwarden@1.0.0:0badc0de",
		Metrics: m.Handler(), State: d.get, Connected: func() bool { return true },
		Live: checks[:1], Ready: checks, Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(s)
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *page.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// client keeps no connection open, so that none is left for goleak.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
}

func get(t *testing.T, s *page.Server, path string) (*http.Response, string) {
	t.Helper()
	res, err := client().Get("http://" + s.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func open(t *testing.T, s *page.Server, path string) io.ReadCloser {
	t.Helper()
	res, err := client().Get("http://" + s.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, res.Status)
	}
	return res.Body
}

// scene is a frame of the portrait with two people boxed, moving by seq.
func scene(t testing.TB, portrait gocv.Mat, camera string, seq int) *frame.Frame {
	t.Helper()
	f := &frame.Frame{Camera: camera, Seq: uint64(seq), Time: time.Now(), Image: gocv.NewMat()}
	gocv.Resize(portrait, &f.Image, image.Pt(1280, 720), 0, 0, gocv.InterpolationLinear)
	x := float32(200 + seq*4%300)
	gocv.Circle(&f.Image, image.Pt(int(x)+60, 560), 70, color.RGBA{R: 230, G: 190, B: 160}, -1)
	f.Faces = []frame.Face{
		{Box: frame.Box{X0: 420, Y0: 60, X1: 720, Y1: 270}, Track: 1, Label: frame.None, Probs: frame.Probabilities{.02, .05, .93}, Votes: 16},
		{Box: frame.Box{X0: x, Y0: 500, X1: x + 120, Y1: 620}, Track: 2, Label: frame.Correct, Probs: frame.Probabilities{.9, .06, .04}, Votes: 7},
	}
	f.Took = [frame.NumStages]time.Duration{
		3100 * time.Microsecond, 15 * time.Millisecond, 40 * time.Microsecond, 900 * time.Microsecond, 780 * time.Microsecond, 10 * time.Microsecond,
	}
	return f
}

func portrait(t testing.TB) gocv.Mat {
	t.Helper()
	m := gocv.IMRead("../../share/maskwarden/astronaut.png", gocv.IMReadColor)
	t.Cleanup(func() { _ = m.Close() })
	if m.Empty() {
		t.Fatal("share/maskwarden/astronaut.png is missing: run `make setup`")
	}
	return m
}

// feed shows frames, about 25 a second, until the test ends or stop is called.
func feed(t *testing.T, s *page.Server, camera string) (stop func()) {
	t.Helper()
	p := portrait(t)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(40 * time.Millisecond)
		defer tick.Stop()
		for seq := 1; ctx.Err() == nil; seq++ {
			f := scene(t, p, camera, seq)
			s.Show(f)
			_ = f.Image.Close()
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

func decision(seq uint64, label frame.Label, truth string) page.Decision {
	e := report.Event{
		ID: "ward-3-a1-" + string(rune('a'+seq)), Seq: seq, Time: time.Now(), Device: "ward-3", Camera: "front",
		Track: seq, Label: label.String(), Votes: report.Votes{Correct: 1, Incorrect: 2, None: 13}, Model: "maskwarden@1.0.0:0badc0de",
		Verified:      label != frame.Correct,
		Probabilities: report.Probabilities{Correct: 0.02, Incorrect: 0.05, None: 0.93}, Picture: [2]int{1280, 720},
	}
	if label == frame.Unknown {
		e.Reason = frame.TurnedAway.String()
	}
	return page.Decision{Event: e, Truth: truth}
}

var errNotReady = errors.New("no frame for 7s")
