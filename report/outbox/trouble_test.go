package outbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// sick is a disk whose operations fail or hang when they are told to.
type sick struct {
	write, sync, open atomic.Value // an error, or a channel to wait for
}

func (s *sick) does(v *atomic.Value) error {
	switch x := v.Load().(type) {
	case box:
		return x.err
	case chan struct{}:
		<-x
	}
	return nil
}

// box holds an error: an atomic.Value takes one type only.
type box struct{ err error }

type sickFile struct {
	file
	s *sick
}

func (f *sickFile) Write(b []byte) (int, error) {
	if err := f.s.does(&f.s.write); err != nil {
		n, _ := f.file.Write(b[:len(b)/2]) // half of it, as on a full disk
		return n, err
	}
	return f.file.Write(b)
}

func (f *sickFile) Sync() error {
	if err := f.s.does(&f.s.sync); err != nil {
		return err
	}
	return f.file.Sync()
}

func (s *sick) disk() disk {
	d := disk{}
	d.setDefaults()
	opens := d.open
	d.open = func(path string) (file, error) {
		if err := s.does(&s.open); err != nil {
			return nil, err
		}
		f, err := opens(path)
		return &sickFile{f, s}, err
	}
	return d
}

func impatient() times {
	return times{retry: 5 * time.Millisecond, hang: 50 * time.Millisecond, answer: 20 * time.Millisecond, check: 20 * time.Millisecond, open: 100 * time.Millisecond}
}

// check restarts and expects these numbers.
func check(t *testing.T, o *Outbox, want ...uint64) {
	t.Helper()
	shut(t, o)
	again := open(t, &Outbox{Dir: o.Dir})
	defer shut(t, again)
	expect(t, "after a restart", numbers(t, again.Peek(10_000)), want...)
	if s := again.State(); s.Dropped != 0 || s.Loss != "" {
		t.Errorf("after a restart %+v", s)
	}
}

// TestRefusal has a disk that refuses for a while: events go on from memory, marked, and are on the disk in the end.
func TestRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		sick func(s *sick) *atomic.Value
	}{
		"full":        {syscall.ENOSPC, func(s *sick) *atomic.Value { return &s.write }},
		"write fails": {syscall.EIO, func(s *sick) *atomic.Value { return &s.write }},
		"sync fails":  {syscall.EIO, func(s *sick) *atomic.Value { return &s.sync }},
	} {
		t.Run(name, func(t *testing.T) {
			s := &sick{}
			o := open(t, &Outbox{Dir: t.TempDir(), disk: s.disk(), times: impatient(), Sync: time.Millisecond})
			fill(o, 10)
			flush(t, o)
			c.sick(s).Store(box{c.err})
			until(t, "the refusal is said", func() bool { add(o); return strings.Contains(o.State().Error, c.err.Error()) })
			if _, stored := add(o); stored {
				t.Error("an event counts as stored")
			}
			n := o.State().Queued
			if got := len(o.Take(10_000)); got != n {
				t.Errorf("%d of %d events go on", got, n)
			}
			c.sick(s).Store(box{nil})
			until(t, "the disk takes events again", func() bool { return o.State().Error == "" })
			if _, stored := add(o); !stored {
				t.Error("an event does not count as stored")
			}
			check(t, o, span(1, uint64(n+1))...)
		})
	}
}

// TestReadOnlyAtStart has a disk that takes nothing when it starts.
func TestReadOnlyAtStart(t *testing.T) {
	dir := t.TempDir()
	before := open(t, &Outbox{Dir: dir})
	fill(before, 3)
	shut(t, before)
	s := &sick{}
	s.open.Store(box{syscall.EROFS})
	o := open(t, &Outbox{Dir: dir, disk: s.disk(), times: impatient()})
	seq, stored := add(o)
	if stored || seq <= 3 || !strings.Contains(o.State().Error, "read-only file system") {
		t.Errorf("event %d, stored: %v, %+v", seq, stored, o.State())
	}
	s.open.Store(box{nil})
	until(t, "the disk takes events", func() bool { return o.State().Error == "" })
	check(t, o, 1, 2, 3, seq)
}

// TestInUse starts two with one state folder: the second says so, and takes over when the first ends.
func TestInUse(t *testing.T) {
	dir := t.TempDir()
	if InUse(dir) {
		t.Error("in use before there is one")
	}
	first := open(t, &Outbox{Dir: dir})
	fill(first, 3)
	if !InUse(dir) {
		t.Error("not in use")
	}
	second := open(t, &Outbox{Dir: dir, times: impatient()})
	seq, stored := add(second)
	if stored || seq <= 3 || !strings.Contains(second.State().Error, "another maskwarden runs with this state_dir") {
		t.Errorf("event %d, stored: %v, %+v", seq, stored, second.State())
	}
	fill(first, 2)
	shut(t, first)
	until(t, "the second takes over", func() bool { return second.State().Error == "" })
	check(t, second, 1, 2, 3, 4, 5, seq)
	if InUse(dir) {
		t.Error("in use after the end")
	}
}

// TestFrozen freezes the disk, as fsfreeze does: nobody waits for it, and nothing is lost when it thaws.
func TestFrozen(t *testing.T) {
	for name, what := range map[string]func(s *sick) *atomic.Value{
		"write": func(s *sick) *atomic.Value { return &s.write },
		"sync":  func(s *sick) *atomic.Value { return &s.sync },
	} {
		t.Run(name, func(t *testing.T) {
			s, changes := &sick{}, atomic.Int32{}
			o := open(t, &Outbox{Dir: t.TempDir(), disk: s.disk(), times: impatient(), OnChange: func() { changes.Add(1) }})
			fill(o, 10)
			flush(t, o)
			thaw := make(chan struct{})
			what(s).Store(thaw)
			began := time.Now()
			fill(o, 1)
			until(t, "the state says so", func() bool { return strings.Contains(o.State().Error, "does not answer") })
			until(t, "somebody is called", func() bool { return changes.Load() > 0 }) // after the state has it
			for range 100 {
				if _, stored := add(o); stored {
					t.Fatal("an event counts as stored")
				}
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("101 events took %v", took)
			}
			if got := len(o.Take(1000)); got != 111 {
				t.Errorf("%d of 111 events go on", got)
			}
			close(thaw)
			until(t, "the disk answers", func() bool { return o.State().Error == "" })
			check(t, o, span(1, 111)...)
		})
	}
}

// TestCloseDoesNotWaitForAFrozenDisk ends in time and says how many events are not on the disk.
func TestCloseDoesNotWaitForAFrozenDisk(t *testing.T) {
	s, thaw := &sick{}, make(chan struct{})
	hurry := impatient()
	hurry.flush = 100 * time.Millisecond
	o := open(t, &Outbox{Dir: t.TempDir(), disk: s.disk(), times: hurry})
	s.write.Store(thaw)
	fill(o, 3)
	if err := o.Close(); err == nil || !strings.Contains(err.Error(), "3 events not on disk") || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("got %v", err)
	}
	close(thaw)
	<-o.ended
}

// TestDeletedWhileRunning takes the files away under it: noticed, said, begun again with all that waits.
func TestDeletedWhileRunning(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"folder":       func(dir string) error { return os.RemoveAll(filepath.Join(dir, Folder)) },
		"state folder": os.RemoveAll,
		"moved":        func(dir string) error { return os.Rename(filepath.Join(dir, Folder), filepath.Join(dir, "aside")) },
		"file":         func(dir string) error { return os.Remove(filepath.Join(dir, Folder, fileName(2))) },
		"cut":          func(dir string) error { return os.Truncate(filepath.Join(dir, Folder, fileName(3)), 100) },
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, &Outbox{Dir: filepath.Join(t.TempDir(), "state"), times: impatient(), segment: 1 << 16})
			for range 5 {
				fill(o, 50)
				flush(t, o)
			}
			err := harm(o.Dir)
			for errors.Is(err, syscall.ENOTEMPTY) { // the writer made a file meanwhile
				err = harm(o.Dir)
			}
			if err != nil {
				t.Fatal(err)
			}
			fill(o, 50)
			until(t, "the loss is said", func() bool { return strings.Contains(o.State().Loss, "begun again") })
			fill(o, 50)
			until(t, "all is on the disk", func() bool { return !o.gone() && o.Flush() == nil })
			if s := o.State(); s.Queued != 350 || s.Dropped != 0 || s.Error != "" {
				t.Errorf("state %+v", s)
			}
			check(t, o, span(1, 350)...)
		})
	}
}

// TestDeletedBeforeItIsOpened: the disk refuses at the start, and the folder is deleted before it takes anything.
func TestDeletedBeforeItIsOpened(t *testing.T) {
	for _, before := range []int{0, 50} {
		dir, s := t.TempDir(), &sick{}
		if before > 0 {
			o := open(t, &Outbox{Dir: dir})
			fill(o, before)
			shut(t, o)
		}
		s.open.Store(box{syscall.ENOSPC})
		o := open(t, &Outbox{Dir: dir, disk: s.disk(), times: impatient()})
		fill(o, 50)
		until(t, "the disk refuses", func() bool { return o.State().Error != "" })
		if err := os.RemoveAll(filepath.Join(dir, Folder)); err != nil {
			t.Fatal(err)
		}
		s.open.Store(box{nil})
		until(t, "all is on the disk", func() bool { return !o.gone() && o.Flush() == nil && o.State().Error == "" })
		if s := o.State(); s.Queued != before+50 || s.Dropped != 0 {
			t.Errorf("state %+v", s)
		}
		check(t, o, span(1, uint64(before+50))...)
	}
}

// TestReplacedWhileRunning puts something else in the place of a folder or of the lock: said while it lasts, and begun again after it.
func TestReplacedWhileRunning(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"file":         func(path string) error { return os.WriteFile(path, []byte("no folder"), 0o600) },
		"link to self": func(path string) error { return os.Symlink(filepath.Base(path), path) },
	} {
		for _, what := range []string{"", Folder} {
			t.Run(name+" as "+filepath.Join("state", what), func(t *testing.T) {
				o := open(t, &Outbox{Dir: filepath.Join(t.TempDir(), "state"), times: impatient()})
				fill(o, 50)
				flush(t, o)
				path := filepath.Join(o.Dir, what)
				if err := errors.Join(os.Rename(path, path+".aside"), put(path)); err != nil {
					t.Fatal(err)
				}
				until(t, "the state says so", func() bool { return o.State().Error != "" })
				fill(o, 50)
				if err := errors.Join(os.Remove(path), os.Rename(path+".aside", path)); err != nil {
					t.Fatal(err)
				}
				until(t, "the disk takes events again", func() bool { return o.State().Error == "" })
				fill(o, 50)
				flush(t, o)
				check(t, o, span(1, 150)...)
			})
		}
	}
}

// TestLockDeletedWhileRunning deletes the lock, as a script that tidies up may. No other daemon gets the folder, unless it took the lock
// at that moment: then this one waits for it.
func TestLockDeletedWhileRunning(t *testing.T) {
	o := open(t, &Outbox{Dir: t.TempDir(), times: impatient()})
	fill(o, 50)
	flush(t, o)
	path := filepath.Join(o.Dir, lockName)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	until(t, "the folder is locked again", func() bool { return InUse(o.Dir) })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other, err := lock(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the state says so", func() bool { return strings.Contains(o.State().Error, "another maskwarden") })
	fill(o, 50)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the folder is used again", func() bool { return o.State().Error == "" })
	flush(t, o)
	check(t, o, span(1, 100)...)
}

// TestNoNumberTwice ends a daemon while its disk is full, by a kill and in order. Events that it published meanwhile are lost when the
// broker did not have them; the next one gives none of their numbers again, so that the gap shows.
func TestNoNumberTwice(t *testing.T) {
	for name, end := range map[string]func(o *Outbox) error{
		"killed":  func(o *Outbox) error { return copyState(o) },
		"stopped": func(o *Outbox) error { _ = o.Close(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := &sick{}
			o := open(t, &Outbox{Dir: t.TempDir(), disk: s.disk(), times: impatient()})
			fill(o, 5)
			flush(t, o)
			s.write.Store(box{syscall.ENOSPC})
			until(t, "the refusal is said", func() bool { add(o); return o.State().Error != "" })
			last, _ := add(o)
			if err := end(o); err != nil {
				t.Fatal(err)
			}
			dir := o.Dir
			if name == "killed" {
				dir += ".copy"
			}
			for range 2 { // the next one finds the disk full, too
				full := open(t, &Outbox{Dir: dir, disk: s.disk(), times: impatient()})
				seq, _ := add(full)
				if seq <= last || !strings.Contains(full.State().Loss, "may be lost") {
					t.Errorf("after event %d comes %d: %+v", last, seq, full.State())
				}
				last = seq
				_ = full.Close()
			}
			s.write.Store(box{nil})
			again := open(t, &Outbox{Dir: dir, times: impatient()})
			if seq, _ := add(again); seq <= last {
				t.Errorf("after event %d comes %d", last, seq)
			} else {
				last = seq
			}
			shut(t, again)
			again = open(t, &Outbox{Dir: dir})
			if seq, _ := add(again); seq != last+1 || again.State().Loss != "" {
				t.Errorf("on a sound disk %d is followed by %d: %+v", last, seq, again.State())
			}
			shut(t, again)
			if name == "killed" {
				s.write.Store(box{nil})
				shut(t, o)
			}
		})
	}
}

// copyState leaves what a killed daemon leaves, next to its folder.
func copyState(o *Outbox) error { return os.CopyFS(o.Dir+".copy", os.DirFS(o.Dir)) }
