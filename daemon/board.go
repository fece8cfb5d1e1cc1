package daemon

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// board is where the goroutines write down how they fare, and from which the daemon's state is read.
type board struct {
	mu        sync.Mutex
	instance  string
	started   time.Time
	seq       uint64
	cameras   []report.Camera
	beats     []time.Time
	rates     []rate
	model     string
	selftest  *report.SelfTest    // the last full one; nil before
	spool     func() report.Spool // nil without a broker
	connected bool
	amiss     string // what is wrong with the connection to the broker
}

// rate counts frames over a window of some seconds.
type rate struct {
	since  time.Time
	frames int
	fps    float64
}

func (b *board) start(d *Daemon) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.instance = rand.Text()[:8]
	b.started = time.Now()
	b.amiss = "not connected yet"
	for i := range d.Config.Cameras {
		b.cameras = append(b.cameras, report.Camera{
			Name: string(d.Config.Cameras[i].Name), Status: report.Starting, Since: b.started,
		})
		b.beats = append(b.beats, b.started)
		b.rates = append(b.rates, rate{since: b.started})
	}
}

func (b *board) index(name string) int {
	for i := range b.cameras {
		if b.cameras[i].Name == name {
			return i
		}
	}
	return -1 // not reached: names come from the same configuration
}

// opened notes what the daemon runs with.
func (b *board) opened(model string, spool func() report.Spool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.model, b.spool = model, spool
}

// number gives an event its place among this instance's events.
func (b *board) number(e *report.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seq++
	e.Seq = b.seq
	e.ID = fmt.Sprintf("%s-%s-%d", e.Device, b.instance, b.seq)
}

// tested notes how a full self-test went.
func (b *board) tested(s *report.SelfTest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.selftest = s
}

func (b *board) broker(connected bool, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.connected, b.amiss = connected, reason
}

func (b *board) camera(name, status, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.index(name)
	c := &b.cameras[i]
	if c.Status != status {
		c.Since = time.Now()
		b.rates[i] = rate{since: c.Since}
	}
	c.Status, c.Reason = status, reason
	if status == report.Lost {
		c.People = 0 // what it last saw is not the present
	}
}

// status is a camera's, as it stands in the state.
func (b *board) status(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cameras[b.index(name)].Status
}

// people says how many are before all cameras.
func (b *board) people() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.cameras {
		n += b.cameras[i].People
	}
	return n
}

func (b *board) beat(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.beats[b.index(name)] = time.Now()
}

func (b *board) frame(f *frame.Frame, s capture.Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.index(f.Camera)
	now := time.Now()
	b.beats[i] = now
	c, r := &b.cameras[i], &b.rates[i]
	c.Frames++
	c.Dropped = s.Dropped
	c.Width, c.Height = f.Image.Cols(), f.Image.Rows()
	if c.Status == report.Lost { // a frame that was on its way when the camera was lost
		return
	}
	c.People = len(f.Faces)
	r.frames++
	if over := now.Sub(r.since).Seconds(); over >= 2 {
		r.fps, r.frames, r.since = float64(r.frames)/over, 0, now
	}
}

// online says whether the broker is reached.
func (b *board) online() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.connected
}

// stuck is an error when a camera's loop has not moved for long.
func (b *board) stuck() error {
	const long = 30 * time.Second
	if !b.alive(time.Now().Add(-long)) {
		return fmt.Errorf("a camera's loop has not moved for %v", long)
	}
	return nil
}

// alive says whether every camera's loop has moved since a time.
func (b *board) alive(since time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, at := range b.beats {
		if at.Before(since) {
			return false
		}
	}
	return true
}

// judged says whether any frame has gone through the whole pipeline.
func (b *board) judged() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.cameras {
		if b.cameras[i].Frames > 0 {
			return true
		}
	}
	return false
}
