package daemon

import (
	"errors"
	"fmt"
	"sync"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// tapped is how many copies wait for a check; more are left out, so that no frame waits for one.
const tapped = 8

// tap hands copies of a running camera's frames to a check, as a camera can be opened only once.
type tap struct {
	mu    sync.Mutex
	out   chan *frame.Frame // nil: nobody looks
	pool  *frame.Pool       // of the copies
	ended bool              // there will be no more frames
}

// offer copies a frame, outside the lock, if somebody looks and there is room. It is for the camera's goroutine alone.
func (t *tap) offer(f *frame.Frame) {
	t.mu.Lock()
	out, pool := t.out, t.pool
	t.mu.Unlock()
	if out == nil || len(out) == cap(out) {
		return
	}
	c := pool.Get()
	c.Camera, c.Seq, c.Time = f.Camera, f.Seq, f.Time
	f.Image.CopyTo(&c.Image)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out != out { // who looked has gone
		c.Release()
		return
	}
	out <- c // there is room: only this goroutine puts any in
}

// end tells who looks that there will be no more frames.
func (t *tap) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	if t.out != nil {
		close(t.out)
		t.out = nil
	}
}

// open begins to look; one looks at a time.
func (t *tap) open() (selftest.Viewer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ended:
		return nil, errors.New("the source has come to its end")
	case t.out != nil:
		return nil, errors.New("another check looks through this camera")
	}
	t.out, t.pool = make(chan *frame.Frame, tapped), &frame.Pool{}
	return &onlooker{t, t.out, t.pool}, nil
}

// onlooker is a look through a tap.
type onlooker struct {
	tap    *tap
	frames chan *frame.Frame
	pool   *frame.Pool
}

// Frames implements selftest.Viewer.
func (o *onlooker) Frames() <-chan *frame.Frame { return o.frames }

// Err implements selftest.Viewer.
func (*onlooker) Err() error { return nil }

// Close ends the look and frees the copies.
func (o *onlooker) Close() {
	o.tap.mu.Lock()
	if o.tap.out == o.frames {
		o.tap.out = nil
		close(o.frames)
	}
	o.tap.mu.Unlock()
	for f := range o.frames {
		f.Release()
	}
	o.pool.Close()
}

// look opens a running camera to be looked at; one that is lost is not waited for: the daemon's state tells of it.
func (c *camera) look() (selftest.Viewer, error) {
	if c.board.status(c.name) == report.Lost {
		return nil, fmt.Errorf("camera %s is lost", c.name)
	}
	return c.tap.open()
}
