package mqtt_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/maskwarden/maskwarden/disktest"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// unit is a publisher in a process of its own, whose broker is away while its disk is harmed.
type unit struct {
	dir    string // state folder
	broker string
	*writer
}

// diskFault harms the disk under a running publisher and returns what ends that.
type diskFault struct {
	name  string
	mount func(t testing.TB, dir string) bool // makes the state folder a file system of its own; false: only root can
	harm  func(t *testing.T, u *unit) (heal func())
}

func diskFaults() []diskFault {
	done := func() {}
	return []diskFault{
		{name: "full (no byte more is taken)", harm: func(t *testing.T, u *unit) func() {
			limit := func(bytes uint64) {
				if err := unix.Prlimit(u.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
					t.Error(err)
				}
			}
			limit(1)
			return func() { limit(unix.RLIM_INFINITY) }
		}},
		{name: "folder deleted while it runs", harm: func(t *testing.T, u *unit) func() {
			if err := os.RemoveAll(filepath.Join(u.dir, outbox.Folder)); err != nil {
				t.Error(err)
			}
			return done
		}},
		{name: "state folder renamed while it runs", harm: func(t *testing.T, u *unit) func() {
			if err := os.Rename(u.dir, filepath.Join(t.TempDir(), "aside")); err != nil {
				t.Error(err)
			}
			return done
		}},
		{name: "files cut off while it runs", harm: func(t *testing.T, u *unit) func() {
			files, err := filepath.Glob(filepath.Join(u.dir, outbox.Folder, "*.log"))
			if err != nil || len(files) == 0 {
				t.Errorf("%q, %v", files, err)
			}
			for _, f := range files {
				if err := os.Truncate(f, 100); err != nil {
					t.Error(err)
				}
			}
			return done
		}},
		{name: "in use by another process, which is then killed", harm: func(t *testing.T, u *unit) func() {
			first := u.writer
			second := startWriter(t, u.broker, u.dir, map[uint64]bool{})
			until(t, "events of both", func() bool { return second.count() > 50 })
			first.kill()
			second.take(first.seen)
			u.writer = second
			return done
		}},
		{name: "read-only when it starts", mount: disktest.Memory, harm: func(t *testing.T, u *unit) func() {
			u.kill()
			again := func(flags uintptr) {
				if err := unix.Mount("", u.dir, "", unix.MS_REMOUNT|flags, ""); err != nil {
					t.Error(err)
				}
			}
			again(unix.MS_RDONLY)
			u.writer = startWriter(t, u.broker, u.dir, u.seen)
			return func() { again(0) }
		}},
		{name: "frozen (as fsfreeze does)", mount: disktest.Mount, harm: func(t *testing.T, u *unit) func() {
			thaw := disktest.Freeze(t, u.dir)
			return func() {
				time.Sleep(3 * time.Second) // longer than any write or fsync may take
				thaw()
			}
		}},
	}
}

// TestChaosDisk harms the outbox's disk while the broker is away, mends it, and then kills the publisher: each event arrives, those that
// were made meanwhile included.
func TestChaosDisk(t *testing.T) {
	for _, c := range diskFaults() {
		t.Run(c.name, func(t *testing.T) {
			m := startMosquitto(t, unlimited()...)
			r := startReaderWith(t, m, "0", "%t %p", "maskwarden/door/event")
			way := startProxy(t, m.addr)
			dir := filepath.Join(t.TempDir(), "state")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if c.mount != nil && !c.mount(t, dir) {
				t.Log("only root can mount a file system: not tried")
				return
			}
			n := max(1, kills(t)/20)
			u := &unit{dir, way.addr(), startWriter(t, way.addr(), dir, map[uint64]bool{})}
			for range n {
				way.heal()
				u.more(t, 100)
				way.set(false, false)
				time.Sleep(50 * time.Millisecond) // an acknowledgement may be on its way
				before := u.numbers()
				u.more(t, 20)
				heal := c.harm(t, u)
				u.more(t, 100)
				heal()
				u.stored(t, before)
				u.kill()
				u.writer = startWriter(t, way.addr(), dir, u.seen)
			}
			way.heal()
			u.kill()
			rest := &mqtt.Publisher{Broker: "tcp://" + m.addr, Outbox: &outbox.Outbox{Dir: dir, MaxEvents: childEvents}}
			rest.Outbox.Initialize()
			start(t, rest)
			until(t, "an empty outbox", func() bool { return rest.Outbox.State().Queued == 0 })
			lost := missing(t, r, u.seen)
			finish(t, rest)
			if err := rest.Outbox.Close(); err != nil {
				t.Error(err)
			}
			t.Logf("chaos: outbox %s, %d events | %d | %d | %d", c.name, len(u.seen), n, n, lost)
			if lost > 0 {
				t.Errorf("%d of %d events lost", lost, len(u.seen))
			}
		})
	}
}

// more waits for so many more events.
func (u *unit) more(t *testing.T, n int) {
	t.Helper()
	before := u.count()
	until(t, "more events", func() bool { return u.count() >= before+n })
}

// stored waits until every event but those of before is on the disk.
func (u *unit) stored(t *testing.T, before map[uint64]bool) {
	t.Helper()
	want := u.numbers()
	until(t, "all is on the disk", func() bool {
		c, err := outbox.Read(u.dir)
		if err != nil {
			return false
		}
		here := map[uint64]bool{}
		for _, e := range c.Events {
			here[e.Seq] = true
		}
		for seq := range want {
			if !before[seq] && !here[seq] {
				return false
			}
		}
		return true
	})
}

// numbers are those of the events so far.
func (w *writer) numbers() map[uint64]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.seen)
}

// take adds the numbers of another.
func (w *writer) take(seen map[uint64]bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.Copy(w.seen, seen)
}
