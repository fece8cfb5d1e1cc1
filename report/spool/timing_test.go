package spool

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stored is the number of events on disk.
func stored(s *Spool) int {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.onDisk
}

// TestGather shows that a burst of events, or of acknowledgements, is written once, 50 ms after its first.
func TestGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, &Spool{Dir: t.TempDir()})
		fill(s, 0, 1)
		time.Sleep(49 * time.Millisecond)
		fill(s, 1, 3)
		if got := stored(s); got != 0 {
			t.Errorf("%d events on disk before the burst was gathered", got)
		}
		time.Sleep(time.Millisecond)
		if got := stored(s); got != 3 {
			t.Errorf("%d events on disk, want 3", got)
		}
		s.Ack(s.Peek(2)[1])
		time.Sleep(50 * time.Millisecond)
		if got := stored(s); got != 1 || s.State().Queued != 1 {
			t.Errorf("%d events on disk after two of three were acknowledged, %d queued", got, s.State().Queued)
		}
	})
}

// TestSweep shows that an old event goes within a minute, although nothing else happens.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(30 * 365 * 24 * time.Hour) // from the year 2000, which counts as a clock that is not set
		s := start(t, &Spool{Dir: t.TempDir(), MaxAge: 59 * time.Second})
		fill(s, 0, 1)
		time.Sleep(time.Minute - time.Nanosecond)
		if got := stored(s); got != 1 {
			t.Errorf("%d events on disk before the sweep, want 1", got)
		}
		time.Sleep(time.Nanosecond)
		if got := stored(s); got != 0 || s.State().Dropped != 1 {
			t.Errorf("%d events on disk after the sweep, %+v", got, s.State())
		}
	})
}

// TestRetry takes the folder away: the disk is asked again every 5 s, not with every event, and the log says so once.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s := start(t, &Spool{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		s.diskMu.Lock()
		if err := s.disk.close(); err != nil {
			t.Fatal(err)
		}
		s.disk = nil // as on a disk that could not be opened
		s.diskMu.Unlock()
		move := func(from, to string) {
			t.Helper()
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
		move(dir, dir+".away")
		fill(s, 0, 1)
		time.Sleep(50 * time.Millisecond)
		if stored(s); s.State().Error == "" {
			t.Error("no error without the folder")
		}
		time.Sleep(5 * time.Second) // refused again
		stored(s)
		move(dir+".away", dir)
		fill(s, 1, 2)
		time.Sleep(5*time.Second - time.Nanosecond)
		if got := stored(s); got != 0 || s.State().Error == "" {
			t.Errorf("the disk was asked before its time: %d on disk, %+v", got, s.State())
		}
		time.Sleep(time.Nanosecond)
		if got := stored(s); got != 2 || s.State().Error != "" {
			t.Errorf("the disk was not asked again: %d on disk, %+v", got, s.State())
		}
		fill(s, 2, 3)
		time.Sleep(50 * time.Millisecond)
		if got := stored(s); got != 3 {
			t.Errorf("%d events on disk, want 3: a burst is written in its time again", got)
		}
		for part, n := range map[string]int{"events are held in memory only": 1, "events are written to disk again": 1} {
			if got := strings.Count(log.String(), part); got != n {
				t.Errorf("%q is logged %d times, want %d:\n%s", part, got, n, log.String())
			}
		}
	})
}

// TestLockWait shows how long a second process waits for the first, and that it takes over when the first lets go.
func TestLockWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first := &Spool{Dir: dir}
		if err := first.Initialize(); err != nil {
			t.Fatal(err)
		}
		from := time.Now()
		if err := (&Spool{Dir: dir}).Initialize(); !errors.Is(err, errInUse) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(from); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("waited %v, want 1 s", took)
		}
		time.AfterFunc(500*time.Millisecond, func() {
			if err := first.Close(); err != nil {
				t.Error(err)
			}
		})
		from = time.Now()
		start(t, &Spool{Dir: dir})
		if took := time.Since(from); took < 500*time.Millisecond || took > 600*time.Millisecond {
			t.Errorf("took over after %v, want half a second", took)
		}
	})
}

// TestUnsetClock keeps events from before the clock was set, whose age nobody knows.
func TestUnsetClock(t *testing.T) {
	s := start(t, &Spool{Dir: t.TempDir()})
	set := time.Unix(1_700_000_000, 0)
	s.mu.Lock()
	for i, at := range []time.Time{set.Add(time.Second), set} {
		s.pending = append(s.pending, Entry{Seq: uint64(1 + i), Payload: []byte(at.UTC().Format(time.TimeOnly)), time: at, epoch: s.epoch})
	}
	s.next = 3
	s.mu.Unlock()
	fill(s, 0, 1)
	flush(t, s)
	if diff := cmp.Diff([]string{"22:13:20", "event 0"}, payloads(s.Peek(10))); diff != "" {
		t.Error(diff)
	}
	s.mu.Lock()
	s.pending = append(s.pending, Entry{Seq: s.next, Payload: []byte("old"), time: set.Add(time.Second), epoch: s.epoch})
	s.next++
	s.mu.Unlock()
	flush(t, s)
	if diff := cmp.Diff([]string{"22:13:20", "event 0", "old"}, payloads(s.Peek(10))); diff != "" {
		t.Errorf("events go from the front only: %s", diff)
	}
}
