package daemon

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/logtest"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/selftest/host"
)

// numbering is a daemon that can number events.
func numbering(t *testing.T, o *outbox.Outbox, instance string, now time.Time) *Daemon {
	t.Helper()
	made := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	d := &Daemon{Logger: logtest.New(t, io.Discard), outbox: o, host: &host.Host{Now: func() time.Time { return now }, PackTime: made, Sys: t.TempDir()}}
	d.board.instance = instance
	return d
}

// TestNumbersGoOnAfterARestart: what waits in the outbox is what was seen, and the next start counts on.
func TestNumbersGoOnAfterARestart(t *testing.T) {
	dir := t.TempDir()
	var seen []report.Event
	for _, instance := range []string{"one", "two"} {
		o := &outbox.Outbox{Dir: dir}
		o.Initialize()
		d := numbering(t, o, instance, time.Unix(0, 0))
		for range 2 {
			e := report.Event{Device: "door", Time: time.Unix(0, 0)}
			d.number(&e)
			seen = append(seen, e)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := outbox.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(kept.Events) != len(seen) {
		t.Fatalf("%d events wait, %d were seen", len(kept.Events), len(seen))
	}
	ids := []string{"door-one-1", "door-one-2", "door-two-3", "door-two-4"}
	for i, e := range kept.Events {
		var v report.Event
		if err := json.Unmarshal(e.Payload, &v); err != nil {
			t.Fatal(err)
		}
		if v.ID != ids[i] || v.ID != seen[i].ID || v.Seq != uint64(i+1) || v.Clock != report.ClockUnset || v.Unstored {
			t.Errorf("event %d: %+v, seen as %+v", i, v, seen[i])
		}
	}
}

// TestClockIsUnsetUntilItIsSet also holds that a clock once set is not asked for again.
func TestClockIsUnsetUntilItIsSet(t *testing.T) {
	d := numbering(t, nil, "one", time.Unix(0, 0))
	now := time.Unix(0, 0)
	d.host.Now = func() time.Time { return now }
	clock := func() string {
		var e report.Event
		d.number(&e)
		return e.Clock
	}
	if got := clock(); got != report.ClockUnset {
		t.Errorf("in 1970: %q", got)
	}
	d.clockSet = true
	if got := clock(); got != "" {
		t.Errorf("once set: %q", got)
	}
}

// TestUnstoredEvents: without a disk an event says so.
func TestUnstoredEvents(t *testing.T) {
	o := &outbox.Outbox{Dir: "/proc/nowhere"}
	o.Initialize()
	d := numbering(t, o, "one", time.Now())
	e := report.Event{Device: "door"}
	d.number(&e)
	if got := o.Peek(1); !e.Unstored || len(got) != 1 || !json.Valid(got[0].Payload) {
		t.Errorf("%+v, waits: %v", e, got)
	}
	_ = o.Close()
}

// TestAHungLoopIsNamed: the state and /livez say which camera is not judged.
func TestAHungLoopIsNamed(t *testing.T) {
	now := time.Now()
	b := &board{cameras: []*place{newPlace("door", now), newPlace("hall", now)}}
	b.cameras[1].beat = now.Add(-time.Minute)
	const want = "camera hall: its frames are not judged: the loop has not moved for 30s"
	var s report.State
	problems := b.read(&s, now)
	if len(problems) != 1 || !strings.HasPrefix(problems[0].String(), want+"; ") {
		t.Errorf("problems %v", problems)
	}
	if err := b.stuck(); err == nil || err.Error() != want {
		t.Errorf("/livez says %v", err)
	}
}
