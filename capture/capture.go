// Package capture turns a URI into frames: sources, reconnection, stall detection, privacy zones and a bounded queue.
package capture

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/frame"
)

// Defaults of Camera's fields.
const (
	DefaultQueue        = 2
	DefaultStallTimeout = 10 * time.Second
)

// Statuses that OnStatus is called with.
const (
	Starting = "starting" // no picture yet
	OK       = "ok"
	Lost     = "lost" // no pictures; a live source is being reconnected, a finite one has failed
)

const (
	usualFPS   = 25              // pictures a second of sources that declare none
	maxReaders = 3               // of one camera: the active one, and those still stuck in a driver
	closeGrace = 3 * time.Second // how long Close waits for a reader that is stuck in a driver
)

// Source gives pictures, one a call, from one goroutine.
type Source interface {
	// Read fills f.Image, 8 or 16 bits, gray, BGR or BGRA, and f.Truth where it is known; it may set f.Took[frame.Decode].
	// At the source's proper end it returns io.EOF. After a decode.ErrDamaged it is read again; after any other error the source is reconnected.
	Read(f *frame.Frame) error
	Close() error
}

// Camera reads a source in a goroutine of its own, so that a slow or dead one stalls no other camera.
type Camera struct {
	Name, URI string

	Width, Height int     // pixels requested from v4l2 and csi devices; 0 = the device's own
	FPS           float64 // pictures a second requested from devices, and of pictures one by one; 0 = the device's own, 5 for picture files, 2 from a server

	CAFile      string // authorities of https and rtsps cameras, in PEM; "" = the system's
	InsecureTLS bool   // take any certificate of such a camera

	Loop         bool          // files and folders start again at the end
	Retry        bool          // files and folders that cannot be read are lost and tried again, like live sources
	Lossless     bool          // wait for the reader of Frames, drop nothing, play files as fast as they are read, a frame's time being the source's
	StallTimeout time.Duration // a live source without a new picture for so long is lost; 0 = DefaultStallTimeout
	Rotate       int           // degrees clockwise that make the picture upright: 0, 90, 180 or 270
	Flip         string        // FlipHorizontal or FlipVertical, after Rotate; "" = neither
	PrivacyZones []frame.Box   // fractions of the upright picture, 0 to 1, painted black before a frame leaves the source's goroutine
	Queue        int           // frames that wait; the oldest is dropped; 0 = DefaultQueue
	Pool         *frame.Pool

	Stills    *decode.Stills                 // decodes picture files, and is the caller's to close; nil = one of the camera's own
	Synthetic func(*url.URL) (Source, error) // opens synthetic:// URIs; nil = there are none
	OnStatus  func(status, reason string)    // called from one goroutine, on every change; may be nil
	Logger    *slog.Logger                   // nil = slog.Default()

	input   input
	hangs   orientation
	started time.Time
	ctx     context.Context
	cancel  context.CancelFunc
	slots   chan struct{} // one for each reader that has not returned

	mu     sync.Mutex
	first  *video // opened by Initialize, read by the first session
	stats  Stats
	err    error
	status string
	reason string

	// out
	frames chan *frame.Frame
	done   chan struct{}
}

// Stats counts what a camera did since Initialize.
type Stats struct {
	Frames        uint64  // pictures taken, dropped ones included
	Dropped       uint64  // pictures dropped because the queue was full
	Damaged       uint64  // pictures that came with bytes missing or wrong, and were not taken
	Reconnects    uint64  // times the source was opened again after a failure
	Width, Height int     // pixels of the last picture; 0 before the first
	SourceFPS     float64 // pictures a second as the source declares it; 0 = it does not
}

// Initialize checks the fields and, as far as possible, the source, and starts to read.
// A live source that cannot be reached is no error: it becomes Lost and is tried for ever.
func (c *Camera) Initialize() error {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.StallTimeout <= 0 {
		c.StallTimeout = DefaultStallTimeout
	}
	if c.Queue <= 0 {
		c.Queue = DefaultQueue
	}
	if c.Pool == nil {
		c.Pool = &frame.Pool{}
	}
	c.hangs = orientation{c.Rotate, c.Flip}
	if err := errors.Join(checkZones(c.PrivacyZones), c.hangs.check()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.ctx = ctx
	var err error
	if c.input, err = c.parse(); err != nil {
		cancel()
		return err
	}
	c.started, c.cancel = time.Now(), cancel
	c.slots = make(chan struct{}, maxReaders)
	c.frames = make(chan *frame.Frame, c.Queue)
	c.done = make(chan struct{})
	go c.run()
	return nil
}

// Frames gives the pictures; their receiver owns and releases them. It is closed at the source's end and by Close.
func (c *Camera) Frames() <-chan *frame.Frame { return c.frames }

// Err returns, once Frames is closed, why: nil after a proper end or Close.
func (c *Camera) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Stats returns the counts so far.
func (c *Camera) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Close stops the camera, waits for its goroutines and releases the frames left in the queue. It may be called again.
// A reader that hangs inside a driver is waited for no longer than three seconds; it cleans up when it returns.
func (c *Camera) Close() {
	if c.cancel == nil {
		return
	}
	c.cancel()
	<-c.done
	for f := range c.frames {
		f.Release()
	}
}
