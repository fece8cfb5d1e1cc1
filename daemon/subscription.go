package daemon

import (
	"errors"
	"fmt"
	"sync"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	cameracheck "github.com/maskwarden/maskwarden/selftest/camera"
)

// maxCopies is how many copies wait for a check; more are left out, so that no frame waits for one.
const maxCopies = 8

// subscription hands copies of a running camera's frames to a check, as a camera can be opened only once.
type subscription struct {
	mu    sync.Mutex
	out   chan *frame.Frame // nil: nobody subscribes
	pool  *frame.Pool       // of the copies
	ended bool              // there will be no more frames
}

// offer copies a frame, outside the lock, if there are a subscriber and room. It is for the camera's goroutine alone.
func (s *subscription) offer(f *frame.Frame) {
	s.mu.Lock()
	out, pool := s.out, s.pool
	s.mu.Unlock()
	if out == nil || len(out) == cap(out) {
		return
	}
	c := pool.Get()
	c.Camera, c.Seq, c.Time = f.Camera, f.Seq, f.Time
	f.Image.CopyTo(&c.Image)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != out { // the subscriber has gone
		c.Release()
		return
	}
	out <- c // there is room: only this goroutine puts any in
}

// end tells the subscriber that there will be no more frames.
func (s *subscription) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.out != nil {
		close(s.out)
		s.out = nil
	}
}

// open subscribes; there is one subscriber at a time.
func (s *subscription) open() (cameracheck.Viewer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return nil, errors.New("the source has ended")
	case s.out != nil:
		return nil, errors.New("another check uses this camera")
	}
	s.out, s.pool = make(chan *frame.Frame, maxCopies), &frame.Pool{}
	return &subscriber{s, s.out, s.pool}, nil
}

// subscriber receives the copies.
type subscriber struct {
	from   *subscription
	frames chan *frame.Frame
	pool   *frame.Pool
}

// Frames implements cameracheck.Viewer.
func (s *subscriber) Frames() <-chan *frame.Frame { return s.frames }

// Err implements cameracheck.Viewer.
func (*subscriber) Err() error { return nil }

// Close ends the subscription and frees the copies.
func (s *subscriber) Close() {
	s.from.mu.Lock()
	if s.from.out == s.frames {
		s.from.out = nil
		close(s.frames)
	}
	s.from.mu.Unlock()
	for f := range s.frames {
		f.Release()
	}
	s.pool.Close()
}

// subscribe opens a running camera's frames for a check. It does not wait for a lost camera: the daemon's state reports that one.
func (c *camera) subscribe() (cameracheck.Viewer, error) {
	if c.daemon.board.status(c.name) == report.Lost {
		return nil, fmt.Errorf("camera %s is lost", c.name)
	}
	return c.subscription.open()
}
