package outbox

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestQueue goes once around: append, take, acknowledge, restart.
func TestQueue(t *testing.T) {
	dir := t.TempDir()
	o := open(t, &Outbox{Dir: dir})
	for i := range uint64(5) {
		if seq, stored := add(o); seq != i+1 || !stored {
			t.Errorf("event %d is number %d, stored: %v", i+1, seq, stored)
		}
	}
	entries := o.Take(3)
	expect(t, "taken", numbers(t, entries), 1, 2, 3)
	o.Ack(entries[0])
	o.Ack(entries[2])
	expect(t, "taken next", numbers(t, o.Take(10)), 4, 5)
	o.Rewind()
	expect(t, "taken again", numbers(t, o.Take(10)), 2, 4, 5)
	if s := o.State(); s.Queued != 3 || s.Dropped != 0 || s.Error != "" {
		t.Errorf("state %+v", s)
	}
	shut(t, o)
	o = open(t, &Outbox{Dir: dir})
	expect(t, "after a restart", numbers(t, o.Peek(10)), 2, 4, 5)
	if seq, _ := add(o); seq != 6 {
		t.Errorf("the first event after a restart is number %d, want 6", seq)
	}
	for _, e := range o.Peek(10) {
		o.Ack(e)
	}
	shut(t, o)
	o = open(t, &Outbox{Dir: dir})
	defer shut(t, o)
	expect(t, "after all was delivered", numbers(t, o.Peek(10)))
	if seq, _ := add(o); seq != 7 {
		t.Errorf("the next event is number %d, want 7", seq)
	}
}

// TestNewEventsAreNotStarved has many events that wait: a new one is the next or the one after it.
func TestNewEventsAreNotStarved(t *testing.T) {
	o := open(t, &Outbox{Dir: t.TempDir()})
	defer shut(t, o)
	fill(o, 8500)
	o.Rewind()
	expect(t, "before", numbers(t, o.Take(2)), 1, 2)
	fill(o, 3)
	got := numbers(t, o.Take(8))
	for _, seq := range []uint64{8501, 8502, 8503} {
		if !slices.Contains(got, seq) {
			t.Errorf("%v came next, without the new event %d", got, seq)
		}
	}
	rest := append(got, numbers(t, o.Take(10_000))...)
	slices.Sort(rest)
	expect(t, "in the end", rest, span(3, 8503)...)
}

// TestLimits drops the oldest, says so, and remembers the count over a restart.
func TestLimits(t *testing.T) {
	for name, c := range map[string]*Outbox{"events": {MaxEvents: 10}, "bytes": {MaxBytes: 6000}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.Dir = dir
			o := open(t, c)
			fill(o, 25)
			s := o.State()
			if s.Queued+int(s.Dropped) != 25 || s.Queued > 10 || s.Queued < 9 || !strings.Contains(s.Loss, "the outbox is full") {
				t.Errorf("state %+v", s)
			}
			expect(t, "kept", numbers(t, o.Peek(100)), span(s.Dropped+1, 25)...)
			shut(t, o)
			o = open(t, &Outbox{Dir: dir})
			defer shut(t, o)
			if again := o.State(); again.Dropped != s.Dropped || again.Queued != s.Queued || again.Loss != "" {
				t.Errorf("after a restart %+v, want %+v", again, s)
			}
		})
	}
}

// machine is a clock with a start of its own.
func machine(boot string, up *time.Duration) clock {
	return clock{boot: boot, up: func() time.Duration { return *up }}
}

// TestAge counts the hours that the machine ran, whatever the wall clock does, and over power cuts.
func TestAge(t *testing.T) {
	dir, up := t.TempDir(), time.Hour
	o := open(t, &Outbox{Dir: dir, MaxAge: 24 * time.Hour, clock: machine("a", &up)})
	fill(o, 2)
	shut(t, o)
	up = 11 * time.Hour // the same start, ten hours later
	o = open(t, &Outbox{Dir: dir, MaxAge: 24 * time.Hour, clock: machine("a", &up)})
	fill(o, 1)
	shut(t, o)
	up = time.Minute // off for an unknown time
	o = open(t, &Outbox{Dir: dir, MaxAge: 24 * time.Hour, clock: machine("b", &up)})
	fill(o, 1)
	for at, want := range map[time.Duration]int{13 * time.Hour: 4} {
		o.mu.Lock()
		up = at
		o.mu.Unlock()
		o.dropOld()
		if got := len(o.Peek(10)); got != want {
			t.Errorf("after %v: %d events, want %d", at, got, want)
		}
	}
	o.mu.Lock()
	up = 15 * time.Hour
	o.mu.Unlock()
	o.dropOld()
	expect(t, "after 25 hours of running", numbers(t, o.Peek(10)), 3, 4)
	if s := o.State(); s.Dropped != 2 || !strings.Contains(s.Loss, "mqtt.spool_age") {
		t.Errorf("state %+v", s)
	}
	shut(t, o)
}

// TestManyFiles fills several files, and finds them gone once all is delivered.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	o := open(t, &Outbox{Dir: dir, MaxEvents: 100_000})
	for range 4 {
		fill(o, 2000)
		flush(t, o)
	}
	c, err := Read(dir)
	if err != nil || len(c.Files) < 4 || len(c.Events) != 8000 || c.Missing != nil || c.Damaged+c.Torn > 0 {
		t.Fatalf("%d files, %d events, missing %v, %v", len(c.Files), len(c.Events), c.Missing, err)
	}
	shut(t, o)
	o = open(t, &Outbox{Dir: dir, MaxEvents: 100_000})
	expect(t, "after a restart", numbers(t, o.Peek(10_000)), span(1, 8000)...)
	for _, e := range o.Take(10_000) {
		o.Ack(e)
	}
	flush(t, o)
	fill(o, 1)
	flush(t, o)
	until(t, "one file is left", func() bool { c, err := Read(dir); return err == nil && len(c.Files) == 1 })
	shut(t, o)
	if c, err := Read(dir); err != nil || len(c.Events) != 1 || c.Events[0].Seq != 8001 || c.Missing != nil {
		t.Errorf("%+v, %v", c, err)
	}
}
