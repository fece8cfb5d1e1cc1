package spool

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// image returns the bytes of a spool with n events, of which the first few were acknowledged.
func image(t testing.TB, n int) []byte {
	t.Helper()
	dir := t.TempDir()
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		s.Append(fmt.Appendf(nil, "event %d %s", i, strings.Repeat("x", 200)))
		if i%16 == 0 {
			if err := s.Sync(); err != nil {
				t.Fatal(err)
			}
			s.Ack(s.Peek(1)[0])
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// survives opens a damaged file and uses it. What comes out must be as it went in, and the spool must still work.
func survives(t *testing.T, dir string, data []byte) (log string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, Name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := &Spool{Dir: dir, Logger: slog.New(slog.NewTextHandler(&out, nil))}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	if state := s.State(); state.Error != "" {
		t.Fatalf("a damaged file is in the way: %+v", state)
	}
	last := -1
	for _, e := range s.Peek(10_000) {
		var i int
		if _, err := fmt.Sscanf(string(e.Payload), "event %d ", &i); err != nil || i <= last {
			t.Fatalf("%q after event %d", e.Payload, last)
		}
		last = i
	}
	s.Append([]byte("event 100000 new"))
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	entries := s.Peek(10_000)
	if got := string(entries[len(entries)-1].Payload); got != "event 100000 new" {
		t.Fatalf("last event is %q", got)
	}
	s.Ack(entries[len(entries)-1])
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCorruptFiles(t *testing.T) {
	good := image(t, 100)
	for name, c := range map[string]struct {
		data []byte
		log  string
	}{
		"good":      {good, ""},
		"empty":     {nil, ""},
		"text":      {[]byte("this is no database\n"), "no valid header"},
		"truncated": {good[:len(good)/2], "the file is cut off"},
		"zeros":     {make([]byte, len(good)), "no valid header"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			older := filepath.Join(dir, Name+".corrupt-20010101T000000.000")
			if err := os.WriteFile(older, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			log := survives(t, dir, c.data)
			aside, err := filepath.Glob(filepath.Join(dir, Name+".corrupt-*"))
			if err != nil {
				t.Fatal(err)
			}
			if (c.log == "") != slices.Equal(aside, []string{older}) || len(aside) != 1 || !strings.Contains(log, c.log) || c.log == "" && log != "" {
				t.Errorf("kept %v, log %q, want %q in it", aside, log, c.log)
			}
			if c.log != "" {
				if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, c.data) {
					t.Errorf("the file kept aside has %d bytes, want %d (%v)", len(kept), len(c.data), err)
				}
			}
		})
	}
}

// TestRandomFlips damages the file in one to four places at a time, mostly in the headers where pages refer to pages.
func TestRandomFlips(t *testing.T) {
	good := image(t, 200)
	rnd := rand.New(rand.NewPCG(1, 2))
	page := os.Getpagesize()
	for range 200 {
		bad := bytes.Clone(good)
		for range 1 + rnd.IntN(4) {
			at := rnd.IntN(len(bad))
			if rnd.IntN(4) > 0 {
				at = rnd.IntN(len(bad)/page)*page + rnd.IntN(256)
			}
			bad[at] ^= 1 << rnd.IntN(8)
		}
		survives(t, t.TempDir(), bad)
	}
}

// TestPageThatLeadsToItself would end bbolt in a full stack.
func TestPageThatLeadsToItself(t *testing.T) {
	bad := image(t, 200)
	page := os.Getpagesize()
	looped := 0
	for at := 2 * page; at < len(bad); at += page {
		if bad[at+8] == branchPage {
			copy(bad[at+pageHeader+8:], bad[at:at+8]) // the first child is the page itself
			looped++
		}
	}
	if looped == 0 {
		t.Fatal("the file has no branch page")
	}
	if log := survives(t, t.TempDir(), bad); !strings.Contains(log, "is used twice") || !strings.Contains(log, "kept as ") {
		t.Errorf("log %q", log)
	}
}

// TestDamageBeforeWrite damages the file of a running spool: the next write makes a new one at once.
func TestDamageBeforeWrite(t *testing.T) {
	dir := t.TempDir()
	s := start(t, &Spool{Dir: dir})
	fill(s, 0, 500)
	flush(t, s)
	if err := os.Truncate(filepath.Join(dir, Name), 2*int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	s.Append([]byte("after"))
	flush(t, s)
	if got, state := payloads(s.Peek(10)), s.State(); !slices.Equal(got, []string{"after"}) || state.Dropped != 500 || state.Error != "" {
		t.Errorf("got %q, %+v", got, state)
	}
}

// TestDamageWhileOpen damages the file of a running spool.
func TestDamageWhileOpen(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	s := start(t, &Spool{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	fill(s, 0, 500)
	flush(t, s)
	if err := os.Truncate(filepath.Join(dir, Name), 2*int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	s.Peek(10)
	s.Append([]byte("after"))
	flush(t, s)
	entries := s.Peek(1000)
	if got := payloads(entries); got[len(got)-1] != "after" {
		t.Errorf("got %q", got)
	}
	if state := s.State(); state.Dropped == 0 || state.Error != "" {
		t.Errorf("got %+v", state)
	}
	if !strings.Contains(log.String(), "the event spool is damaged") {
		t.Errorf("log %q", log.String())
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(image(f, 0)[:4*os.Getpagesize()])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		if err := check(bytes.NewReader(data), int64(len(data))); err == nil {
			survivesAny(t, data)
		}
	})
}

// survivesAny is survives for entries of any content.
func survivesAny(t *testing.T, data []byte) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, Name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	s.Append([]byte("new"))
	if entries := s.Peek(10_000); string(entries[len(entries)-1].Payload) != "new" {
		t.Fatalf("got %q", payloads(entries))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
