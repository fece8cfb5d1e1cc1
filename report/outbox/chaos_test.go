package outbox

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestChaosTrouble makes a simulated disk ill at any moment of a busy outbox, again and again: once it is well, each event that was not
// acknowledged is on it, those that were made meanwhile included.
func TestChaosTrouble(t *testing.T) {
	fails := func(v func(s *sick) *atomic.Value, err error) func(s *sick, dir string) func() {
		return func(s *sick, _ string) func() {
			v(s).Store(box{err})
			return func() { v(s).Store(box{nil}) }
		}
	}
	hangs := func(v func(s *sick) *atomic.Value) func(s *sick, dir string) func() {
		return func(s *sick, _ string) func() {
			thaw := make(chan struct{})
			v(s).Store(thaw)
			return func() { close(thaw) }
		}
	}
	write, sync := func(s *sick) *atomic.Value { return &s.write }, func(s *sick) *atomic.Value { return &s.sync }
	for _, c := range []struct {
		name string
		harm func(s *sick, dir string) (heal func())
	}{
		{"full", fails(write, syscall.ENOSPC)},
		{"read-only while it runs", fails(write, syscall.EROFS)},
		{"refusing fsync", fails(sync, syscall.EIO)},
		{"frozen in a write", hangs(write)},
		{"frozen in an fsync", hangs(sync)},
		{"deleted, a file of it or all", func(_ *sick, dir string) func() {
			what := filepath.Join(dir, Folder)
			if all, err := filepath.Glob(filepath.Join(what, "*.log")); err == nil && len(all) > 0 && rand.IntN(2) == 0 {
				what = all[rand.IntN(len(all))]
			}
			_ = os.RemoveAll(what)
			return func() {}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tries, events, lost := 5*kills(t), 0, 0
			for range tries {
				s := &sick{}
				o := open(t, &Outbox{Dir: t.TempDir(), disk: s.disk(), times: impatient(), Sync: time.Millisecond, segment: 1 << 15})
				waits := map[uint64]bool{}
				work := func(n int) {
					for range n {
						seq, _ := add(o)
						waits[seq] = true
						if rand.IntN(3) == 0 {
							for _, e := range o.Take(2) {
								o.Ack(e)
								delete(waits, e.Seq)
							}
						}
					}
				}
				work(20 + rand.IntN(100))
				heal := c.harm(s, o.Dir)
				work(20 + rand.IntN(100))
				time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
				work(10)
				heal()
				until(t, "the disk is well, and all is on it", func() bool { return !o.gone() && o.Flush() == nil && o.State().Error == "" })
				events += len(waits)
				before := absent(t, o.Dir, waits) // if power were cut now
				shut(t, o)
				lost += max(before, absent(t, o.Dir, waits))
			}
			t.Logf("chaos: outbox %s, on a simulated disk, %d events | %d | %d | %d", c.name, events, tries, tries, lost)
			if lost > 0 || events < 20*tries {
				t.Errorf("%d of %d events lost", lost, events)
			}
		})
	}
}

// absent counts the events that are not on the disk.
func absent(t *testing.T, dir string, waits map[uint64]bool) (n int) {
	t.Helper()
	c, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	here := map[uint64]bool{}
	for _, e := range c.Events {
		here[e.Seq] = true
	}
	for seq := range waits {
		if !here[seq] {
			n++
		}
	}
	return n
}
