package capture_test

import (
	"bytes"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/logtest"
)

const (
	width, height = 64, 48
	patience      = 5 * time.Minute // for what takes moments on an idle machine, and for waits on a fake clock
)

// log keeps what was logged.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

type change struct{ status, reason string }

// rig is a camera under test and what it said.
type rig struct {
	*capture.Camera
	t        testing.TB
	log      log
	statuses chan change
}

// rigged completes c; the test calls Initialize, and shut at its end.
func rigged(t testing.TB, c *capture.Camera) *rig {
	r := &rig{Camera: c, t: t, statuses: make(chan change, 1000)}
	c.Name = "door"
	c.Pool = &frame.Pool{}
	c.Logger = logtest.New(t, &r.log)
	c.OnStatus = func(status, reason string) { r.statuses <- change{status, reason} }
	return r
}

// started is rigged, initialized and shut at the test's end.
func started(t testing.TB, c *capture.Camera) *rig {
	t.Helper()
	r := rigged(t, c)
	if err := r.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.shut)
	return r
}

func (r *rig) shut() {
	r.Close()
	r.Pool.Close()
}

// next returns the next frame, or nil at the end.
func (r *rig) next() *frame.Frame {
	r.t.Helper()
	select {
	case f := <-r.Frames():
		return f
	case <-time.After(patience):
		r.t.Fatalf("no frame; the camera said:\n%s", r.log.String())
		return nil
	}
}

// all takes all frames to the end and returns the gray value of each.
func (r *rig) all() (grays []int) {
	r.t.Helper()
	for f := r.next(); f != nil; f = r.next() {
		grays = append(grays, gray(f))
		f.Release()
	}
	return grays
}

// await drops frames and returns the first change to a status for a reason that holds want.
func (r *rig) await(status, want string) change {
	r.t.Helper()
	deadline := time.After(patience)
	frames := r.Frames()
	for {
		select {
		case f, ok := <-frames:
			if !ok {
				frames = nil
				continue
			}
			f.Release()
		case c := <-r.statuses:
			if c.status == status && strings.Contains(c.reason, want) {
				return c
			}
		case <-deadline:
			r.t.Fatalf("never %s because of %q; the camera said:\n%s", status, want, r.log.String())
		}
	}
}

func gray(f *frame.Frame) int { return int(f.Image.Mean().Val1 + 0.5) }

// plain is a picture of one gray.
func plain(value, w, h int) gocv.Mat {
	v := float64(value)
	return gocv.NewMatWithSizeFromScalar(gocv.NewScalar(v, v, v, 0), h, w, gocv.MatTypeCV8UC3)
}

// clip writes a video of n pictures, the i-th of gray 20 + 2 i, at 50 pictures a second.
func clip(t testing.TB, name, codec string, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	w, err := gocv.VideoWriterFile(path, codec, 50, width, height, true)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range n {
		m := plain(20+2*(i%100), width, height)
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
		m.Close()
	}
	return path
}

// fake is a source made by the test.
type fake struct {
	read   func(f *frame.Frame) error
	closed func()
}

func (s *fake) Read(f *frame.Frame) error { return s.read(f) }

func (s *fake) Close() error {
	if s.closed != nil {
		s.closed()
	}
	return nil
}

// grays gives n pictures, the i-th of gray 20 + i, then io.EOF.
func grays(n int) func(*url.URL) (capture.Source, error) {
	return func(*url.URL) (capture.Source, error) {
		i := 0
		return &fake{read: func(f *frame.Frame) error {
			if i == n {
				return io.EOF
			}
			fill(f, 20+i)
			i++
			return nil
		}}, nil
	}
}

func fill(f *frame.Frame, value int) {
	m := plain(value, width, height)
	m.CopyTo(&f.Image)
	m.Close()
}
