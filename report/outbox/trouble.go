package outbox

import (
	"fmt"
	"time"
)

// trouble is what the state says of the disk.
type trouble struct {
	err     error // why the disk refuses
	hanging int   // operations that have not returned for a while
	loss    string
	why     string // the last events were lost
	lossEnd time.Time
}

func (t *trouble) text() string {
	switch {
	case t.err != nil:
		return t.err.Error()
	case t.hanging > 0:
		return "the disk does not answer: events are held in memory"
	}
	return ""
}

// progress counts what was written, to know what was synced.
type progress struct {
	wrote, synced int
	force         bool // a mark is to be written and synced now
}

func (p *progress) unsynced() int { return p.wrote - p.synced }

// times are how long things may take.
type times struct {
	open, answer, hang, flush, retry, check, sweep, loss time.Duration
}

func (t *times) setDefaults() {
	for d, v := range map[*time.Duration]time.Duration{
		&t.open:   5 * time.Second,        // for the first look at the disk
		&t.answer: 200 * time.Millisecond, // for the kernel to take an event
		&t.hang:   2 * time.Second,        // for an fsync
		&t.flush:  3 * time.Second,        // for the last writes
		&t.retry:  2 * time.Second,        // between attempts on a disk that refuses
		&t.check:  time.Second,            // between looks whether the files are still there
		&t.sweep:  time.Minute,            // between looks for events that are too old
		&t.loss:   10 * time.Minute,       // that the state tells of a loss
	} {
		if *d <= 0 {
			*d = v
		}
	}
}

// hangs notes that an operation does not return, or has returned.
func (o *Outbox) hangs(yes bool) {
	o.change(func() {
		if yes {
			o.trouble.hanging++
		} else {
			o.trouble.hanging--
		}
	})
}

// guard notes when f takes longer than it may.
func (o *Outbox) guard(limit time.Duration, f func() error) error {
	late := make(chan struct{})
	timer := time.AfterFunc(limit, func() { o.hangs(true); close(late) })
	err := f()
	if !timer.Stop() {
		<-late
		o.hangs(false)
	}
	return err
}

// fail remembers whether the disk refuses.
func (o *Outbox) fail(err error) { o.change(func() { o.trouble.err = err }) }

// change changes the trouble, and reports when that shows.
func (o *Outbox) change(f func()) {
	o.mu.Lock()
	was := o.trouble.text()
	f()
	now := o.trouble.text()
	o.mu.Unlock()
	switch {
	case was == now:
		return
	case now == "":
		o.Logger.Info("events are written to disk again", "folder", o.folder())
	default:
		o.Logger.Error("events are held in memory only", "error", now, "at_most", o.MaxEvents)
	}
	if o.OnChange != nil {
		o.OnChange()
	}
}

// lose counts lost events. mu is held.
func (o *Outbox) lose(n uint64, why string) {
	o.dropped += n
	o.trouble.why, o.trouble.loss = why, fmt.Sprintf("events were lost (%d in all): %s", o.dropped, why)
	o.trouble.lossEnd = time.Now().Add(o.times.loss)
	wakeUp(o.news)
	if o.OnChange != nil {
		o.OnChange()
	}
}

// recent says what was lost lately, empty when nothing was.
func (t *trouble) recent() string {
	if time.Now().After(t.lossEnd) {
		return ""
	}
	return t.loss
}
