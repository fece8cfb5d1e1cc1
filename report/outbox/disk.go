package outbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/maskwarden/maskwarden/atomicfile"
)

// file is one that the log writes; an *os.File is one.
type file interface {
	Write(b []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
	Close() error
}

// disk is what the outbox needs of the file system; tests put others in its place.
type disk struct {
	open       func(path string) (file, error)
	syncFolder func(path string) error
	remove     func(path string) error
}

func (d *disk) setDefaults() {
	if d.open == nil {
		d.open = func(path string) (file, error) {
			return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		}
	}
	if d.syncFolder == nil {
		d.syncFolder = atomicfile.SyncFolder
	}
	if d.remove == nil {
		d.remove = os.Remove
	}
}

// clock counts the time that the outbox was there while the machine ran; it neither jumps nor goes back, whatever the wall clock does.
type clock struct {
	boot string               // differs with each start of the machine
	up   func() time.Duration // since that start
	base time.Duration        // its reading is base + up
}

func (c *clock) setDefaults() {
	if c.up == nil {
		c.up = func() time.Duration {
			var t unix.Timespec
			if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
				return 0 // no Linux lacks this clock
			}
			return time.Duration(t.Nano())
		}
	}
	if c.boot == "" {
		id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it each start counts as one after a power cut
		c.boot = strings.TrimSpace(string(id))
	}
}

func (c *clock) now() time.Duration { return c.base + c.up() }

// goOn makes the clock go on from what the log says: within one start of the machine as if nothing had been, else from the last time.
func (c *clock) goOn(l *Contents) {
	c.base = l.clock
	if c.boot != "" && l.last.Boot == c.boot {
		c.base = max(0, l.marked-time.Duration(l.last.Up)*time.Millisecond)
	}
}

var errInUse = errors.New("another maskwarden runs with this state_dir; stop it, or give each its own state_dir")

// lock makes the folder and locks it against other daemons.
func lock(stateDir string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Join(stateDir, Folder), 0o700); err != nil {
		return nil, err //nolint:wrapcheck // it names the folder
	}
	f, err := os.OpenFile(filepath.Join(stateDir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // it was only to be locked
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errInUse
		}
		return nil, err
	}
	return f, nil
}

const lockName = "outbox.lock"

// InUse says whether another process holds the outbox in a state folder.
func InUse(stateDir string) bool {
	f, err := os.OpenFile(filepath.Join(stateDir, lockName), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) // maybe asked by root
	if err != nil {
		return false // nobody can hold what is not there
	}
	defer f.Close() //nolint:errcheck // it was only looked at
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// memo is what the lock file says of the log: enough to see that its end was cut off or deleted.
type memo struct {
	Serial   uint64 `json:"serial"`   // of the last file
	Top      uint64 `json:"top"`      // the last number that was written
	Reserved uint64 `json:"reserved"` // numbers up to here may have been given out
	Closed   bool   `json:"closed"`
	Given    uint64 `json:"given,omitempty"` // numbers up to here may have been given to events that the disk refused; 0: it refused none
}

func readMemo(f *os.File) (m memo) {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 1000))
	if err == nil && json.Unmarshal(b, &m) != nil {
		m = memo{} // a power cut, after which numbers are skipped anyway
	}
	return m
}

// memo writes it. It is not synced: numbers that a power cut may have lost are skipped without it.
func (o *Outbox) memo(closed bool) error {
	b, err := json.Marshal(memo{o.log.serial, o.log.top, o.log.promised, closed, o.log.given})
	if err == nil {
		_, err = o.log.lock.WriteAt(fmt.Appendf(nil, "%-160s\n", b), 0)
	}
	return err
}

// refused notes in the memo, which needs no room, that numbers are given to events that the disk refuses: they are not given again.
func (o *Outbox) refused() {
	o.mu.Lock()
	next := o.next
	o.mu.Unlock()
	if o.log.lock == nil || next+ahead/2 <= o.log.given {
		return
	}
	was := o.log.given
	o.log.given = next + ahead
	if o.guard(o.times.hang, func() error { return o.memo(false) }) != nil {
		o.log.given = was // tried again with the next event that is refused
	}
}

// taken notes that the disk has all numbers again.
func (o *Outbox) taken() {
	if o.log.given == 0 {
		return
	}
	o.log.given = 0
	_ = o.guard(o.times.answer, func() error { return o.memo(false) }) // at worst numbers are skipped after a kill
}
