package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/report"
)

func start(t *testing.T, s *Spool) *Spool {
	t.Helper()
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func payloads(entries []Entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = string(e.Payload)
	}
	return out
}

func fill(s *Spool, from, to int) {
	for i := from; i < to; i++ {
		s.Append(fmt.Appendf(nil, "event %d", i))
	}
}

func flush(t *testing.T, s *Spool) {
	t.Helper()
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
}

func TestOrderFromDiskAndMemory(t *testing.T) {
	dir := t.TempDir()
	s := start(t, &Spool{Dir: dir})
	fill(s, 0, 3)
	flush(t, s)
	fill(s, 3, 6)
	entries := s.Peek(5)
	want := []string{"event 0", "event 1", "event 2", "event 3", "event 4"}
	if diff := cmp.Diff(want, payloads(entries)); diff != "" {
		t.Error(diff)
	}
	s.Ack(entries[3])
	if diff := cmp.Diff([]string{"event 4", "event 5"}, payloads(s.Peek(10))); diff != "" {
		t.Error(diff)
	}
	s.Ack(entries[0]) // an old acknowledgement changes nothing
	flush(t, s)
	if diff := cmp.Diff([]string{"event 4", "event 5"}, payloads(s.Peek(10))); diff != "" {
		t.Error(diff)
	}
	if got := s.State().Queued; got != 2 {
		t.Errorf("%d queued, want 2", got)
	}
	info, err := os.Stat(filepath.Join(dir, Name))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, mode %v, want 0600", err, info.Mode())
	}
	select {
	case <-s.News():
	default:
		t.Error("no news of events")
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	fill(s, 0, 4)
	last := s.Peek(4)[3]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Spool{Dir: dir})
	fill(s, 4, 6)
	entries := s.Peek(10)
	if diff := cmp.Diff([]string{"event 0", "event 1", "event 2", "event 3", "event 4", "event 5"}, payloads(entries)); diff != "" {
		t.Error(diff)
	}
	if entries[4].Seq <= last.Seq {
		t.Errorf("number %d after %d", entries[4].Seq, last.Seq)
	}
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		s    *Spool
		want []string
	}{
		"events": {&Spool{MaxEvents: 3}, []string{"event 5", "event 6", "event 7"}},
		"bytes":  {&Spool{MaxBytes: 15}, []string{"event 6", "event 7"}},
		"one":    {&Spool{MaxEvents: 1}, []string{"event 7"}},
		"exact":  {&Spool{MaxBytes: 14}, []string{"event 6", "event 7"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.s.Dir = t.TempDir()
			s := start(t, c.s)
			fill(s, 0, 4)
			flush(t, s)
			fill(s, 4, 8)
			flush(t, s)
			if diff := cmp.Diff(c.want, payloads(s.Peek(10))); diff != "" {
				t.Error(diff)
			}
			state := s.State()
			if state.Queued != len(c.want) || state.Dropped != uint64(8-len(c.want)) {
				t.Errorf("got %+v", state)
			}
		})
	}
}

func TestAge(t *testing.T) {
	s := start(t, &Spool{Dir: t.TempDir(), MaxAge: time.Hour})
	s.mu.Lock()
	s.pending = append(s.pending,
		Entry{Seq: 1, Payload: []byte("two hours old"), time: time.Now().Add(-2 * time.Hour), epoch: s.epoch},
		Entry{Seq: 2, Payload: []byte("from before the clock was set"), time: time.Unix(60, 0), epoch: s.epoch},
		Entry{Seq: 3, Payload: []byte("new"), time: time.Now(), epoch: s.epoch})
	s.next = 4
	s.mu.Unlock()
	flush(t, s)
	if diff := cmp.Diff([]string{"from before the clock was set", "new"}, payloads(s.Peek(10))); diff != "" {
		t.Error(diff)
	}
	if got := s.State().Dropped; got != 1 {
		t.Errorf("%d dropped, want 1", got)
	}
}

// TestAppendDoesNotWaitForTheDisk stalls the disk and appends more than memory holds.
func TestAppendDoesNotWaitForTheDisk(t *testing.T) {
	s := start(t, &Spool{Dir: t.TempDir()})
	s.diskMu.Lock()
	fill(s, 0, maxPending+1)
	if state := s.State(); state.Queued != maxPending || state.Dropped != 1 {
		t.Errorf("got %+v, want %d queued, one dropped", state, maxPending)
	}
	fill(s, maxPending+1, 5000)
	state := s.State()
	s.diskMu.Unlock()
	if state.Queued != maxPending || state.Dropped != 5000-maxPending {
		t.Errorf("got %+v, want %d queued, the rest dropped", state, maxPending)
	}
	flush(t, s)
	got := payloads(s.Peek(5000))
	if len(got) != maxPending || got[0] != fmt.Sprintf("event %d", 5000-maxPending) || got[len(got)-1] != "event 4999" {
		t.Errorf("got %d events, %s to %s", len(got), got[0], got[len(got)-1])
	}
}

// TestFileOpenedLate joins events of memory with a file whose numbers they carry, too.
func TestFileOpenedLate(t *testing.T) {
	dir := t.TempDir()
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	fill(s, 0, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Spool{Dir: dir})
	s.diskMu.Lock()
	if err := s.disk.close(); err != nil {
		t.Fatal(err)
	}
	s.disk, s.next = nil, 1 // as after a start on a disk that refused
	s.diskMu.Unlock()
	s.Append([]byte("delivered from memory"))
	s.Ack(s.Peek(1)[0]) // of number 1, which on disk is another event
	s.Append([]byte("event 3"))
	s.Append([]byte("event 4"))
	early := s.Peek(1)
	flush(t, s)
	s.Ack(early[0]) // of number 2, which now is another event
	got := s.Peek(10)
	if diff := cmp.Diff([]string{"event 0", "event 1", "event 2", "event 3", "event 4"}, payloads(got)); diff != "" {
		t.Error(diff)
	}
	for i, e := range got {
		if e.Seq != uint64(i+1) {
			t.Errorf("event %d has number %d", i, e.Seq)
		}
	}
	flush(t, s)
	if got := s.State(); got != (report.Spool{Queued: 5}) {
		t.Errorf("got %+v", got)
	}
}

func TestSetupErrors(t *testing.T) {
	dir := t.TempDir()
	start(t, &Spool{Dir: dir})
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), Name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, want string }{
		{dir, "lock DIR/spool.db: another maskwarden runs with this state_dir; stop it, or give each its own state_dir"},
		{dir + "/missing", "open DIR/missing/spool.db: no such file or directory"},
		{file, "open DIR/file/spool.db: not a directory"},
		{filepath.Dir(folder), "open FOLDER: is a directory"},
	} {
		s := &Spool{Dir: c.dir}
		err := s.Initialize()
		if err == nil {
			_ = s.Close()
		}
		got := strings.NewReplacer(folder, "FOLDER", dir, "DIR").Replace(fmt.Sprint(err))
		if got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := &Spool{Dir: b.TempDir()}
	if err := s.Initialize(); err != nil {
		b.Fatal(err)
	}
	payload := []byte(strings.Repeat("x", 600))
	for b.Loop() {
		s.Append(payload)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
