package logqueue_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskwarden/maskwarden/cli/logqueue"
)

// reader takes what is written to it while its gate is open.
type reader struct {
	gate sync.Mutex
	got  bytes.Buffer
}

func (r *reader) Write(p []byte) (int, error) {
	r.gate.Lock()
	defer r.gate.Unlock()
	return r.got.Write(p)
}

// TestQueue writes more than a reader that stands still may leave: no line waits, and what was lost is said once the reader goes on.
func TestQueue(t *testing.T) {
	r := &reader{}
	q := &logqueue.Queue{Out: r}
	q.OnLost = func(lines uint64) { fmt.Fprintf(q, "lost %d\n", lines) }
	fmt.Fprintln(q, "first")
	if !q.Flush(time.Minute) || r.got.String() != "first\n" {
		t.Fatalf("got %q", r.got.String())
	}
	r.gate.Lock()
	line := strings.Repeat("x", 1023) + "\n"
	const written = 4000
	for range written {
		if n, err := io.WriteString(q, line); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	if q.Flush(10 * time.Millisecond) {
		t.Error("flushed while nobody reads")
	}
	r.gate.Unlock()
	if !q.Flush(time.Minute) {
		t.Fatal("not flushed")
	}
	var lost int
	kept := strings.Count(r.got.String(), line)
	if _, err := fmt.Sscanf(r.got.String()[len("first\n")+kept*len(line):], "lost %d\n", &lost); err != nil || kept+lost != written || kept < 1024 || lost < 1024 {
		t.Errorf("kept %d, lost %d of %d (%v)", kept, lost, written, err)
	}
}

// TestOrder has many write at once: each line stays whole, and each writer's lines stay in order.
func TestOrder(t *testing.T) {
	r := &reader{}
	q := &logqueue.Queue{Out: r}
	const writers, each = 8, 200
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				fmt.Fprintf(q, "%d %d\n", w, i)
			}
		})
	}
	all.Wait()
	if !q.Flush(time.Minute) {
		t.Fatal("not flushed")
	}
	next := [writers]int{}
	for line := range strings.Lines(r.got.String()) {
		var w, i int
		if _, err := fmt.Sscanf(line, "%d %d\n", &w, &i); err != nil || next[w] != i {
			t.Fatalf("%q: %v, want %d", line, err, next[w])
		}
		next[w]++
	}
	for w, n := range next {
		if n != each {
			t.Errorf("writer %d: %d lines, want %d", w, n, each)
		}
	}
}

// TestFlushIsBounded: who ends the process waits for the log as long as it said, and no longer.
func TestFlushIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := io.Pipe()
		q := &logqueue.Queue{Out: out}
		fmt.Fprintln(q, "nobody reads this")
		began := time.Now()
		if q.Flush(time.Second) || time.Since(began) != time.Second {
			t.Errorf("after %v", time.Since(began))
		}
		_ = in.Close()
	})
}
