package daemon

import (
	"errors"
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

const (
	rateWindow = 2 * time.Second  // over which frames are counted for a rate
	rateStale  = 10 * time.Second // age of a rate's window at which the rate is 0: no frame has come
)

// place is a camera's part of the board.
type place struct {
	camera report.Camera
	beat   time.Time // when its loop last moved
	since  time.Time // when the rate's window began
	frames int       // in the window
	damage damage
}

func newPlace(name string, now time.Time) *place {
	return &place{camera: report.Camera{Name: name, Status: report.Starting, Since: now}, beat: now, since: now}
}

// at returns the camera as it is now.
func (p *place) at(now time.Time) report.Camera {
	c := p.camera
	if now.Sub(p.since) >= rateStale {
		c.FPS = 0
	}
	return c
}

// turn notes a status. A lost camera shows nobody: what it last saw is not the present.
func (p *place) turn(status, reason string, now time.Time) {
	c := &p.camera
	if c.Status != status {
		c.Since = now
	}
	c.Status, c.Reason = status, reason
	if status == report.Lost {
		p.empty(now)
	}
}

// empty leaves nobody in view.
func (p *place) empty(now time.Time) {
	p.camera.People, p.camera.FPS = 0, 0
	p.since, p.frames = now, 0
}

// count notes what the camera counts, also while it gives nothing but damaged pictures.
func (p *place) count(s capture.Stats, now time.Time) {
	p.camera.Dropped, p.camera.Damaged = s.Dropped, s.Damaged
	p.damage.count(s, now)
}

// see notes a processed frame, and says whether the state shows more of it than a counter.
func (p *place) see(f *frame.Frame, s capture.Stats, now time.Time) (changed bool) {
	c := &p.camera
	first := c.Frames == 0
	c.Frames++
	p.count(s, now)
	c.Width, c.Height = f.Image.Cols(), f.Image.Rows()
	if c.Status == report.Lost { // it was queued before the camera was lost
		return first
	}
	people := 0
	for i := range f.Faces {
		if f.Faces[i].Track != 0 {
			people++
		}
	}
	changed = first || people != c.People
	c.People = people
	p.frames++
	if over := now.Sub(p.since); over >= rateWindow {
		c.FPS, p.frames, p.since = float64(p.frames)/over.Seconds(), 0, now
	}
	return changed
}

// turn notes a camera's status.
func (b *board) turn(camera, status, reason string) {
	defer b.changed()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.place(camera).turn(status, reason, time.Now())
}

// ended notes that a camera gives no more frames: a file or folder has come to its end.
func (b *board) ended(camera string) {
	defer b.changed()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.place(camera).empty(time.Now())
}

// see notes a processed frame.
func (b *board) see(f *frame.Frame, s capture.Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, now := b.place(f.Camera), time.Now()
	p.beat = now
	if p.see(f, s, now) {
		b.changed()
	}
}

// beat notes that a camera's loop moves.
func (b *board) beat(camera string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.place(camera).beat = time.Now()
}

// idle is beat, with what an opened camera counts.
func (b *board) idle(camera string, s capture.Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, now := b.place(camera), time.Now()
	p.beat = now
	p.count(s, now)
}

// status is a camera's, as the state shows it.
func (b *board) status(camera string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.place(camera).camera.Status
}

// people counts the people in view of all cameras.
func (b *board) people() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.cameras {
		n += p.camera.People
	}
	return n
}

// processed says whether any frame has gone through the whole pipeline.
func (b *board) processed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.cameras {
		if p.camera.Frames > 0 {
			return true
		}
	}
	return false
}

// loopLimit is how long a camera's loop may stand still: it moves once a second, also while the camera is lost.
const loopLimit = 30 * time.Second

// hung are the cameras whose loops stand still.
func (b *board) hung(now time.Time) (hung []report.Reason) {
	for _, name := range b.still(now.Add(-loopLimit)) {
		hung = append(hung, report.Reason{
			Subject: report.CameraSubject(name), Finding: fmt.Sprintf("its frames are not judged: the loop has not moved for %v", loopLimit),
			Hint: "the model's runtime or the accelerator's driver hangs: systemd starts the daemon again",
		})
	}
	return hung
}

// still are the cameras whose loops have not moved since a time. mu is held.
func (b *board) still(since time.Time) (names []string) {
	for _, p := range b.cameras {
		if p.beat.Before(since) {
			names = append(names, p.camera.Name)
		}
	}
	return names
}

// alive says whether every camera's loop has moved since a time.
func (b *board) alive(since time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.still(since)) == 0
}

// stuck is an error that names the cameras whose loops stand still.
func (b *board) stuck() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, r := range b.hung(time.Now()) {
		errs = append(errs, errors.New(r.Subject+": "+r.Finding))
	}
	return errors.Join(errs...)
}

const (
	damageWindow = 30 * time.Second // over which the share of damaged pictures is counted
	damageLimit  = 0.05             // share above which a camera is a problem
)

// damage watches the share of a camera's pictures that come damaged.
type damage struct {
	since time.Time
	start capture.Stats // when the window began
	share float64       // in the last whole window
}

// count notes a camera's counters.
func (d *damage) count(s capture.Stats, now time.Time) {
	if d.since.IsZero() {
		d.since, d.start = now, s
		return
	}
	if now.Sub(d.since) < damageWindow {
		return
	}
	damaged, whole := float64(s.Damaged-d.start.Damaged), float64(s.Frames-d.start.Frames)
	d.share = 0
	if damaged > 0 {
		d.share = damaged / (damaged + whole)
	}
	d.since, d.start = now, s
}

// problem says what is wrong, empty when nothing is.
func (d *damage) problem() string {
	if d.share <= damageLimit {
		return ""
	}
	return fmt.Sprintf("%.0f %% of its pictures are damaged: check its network and cable", 100*d.share)
}
