package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/maskwarden/maskwarden/atomicfile"
)

// lockWait is how long another process may take to let go of the file.
const lockWait = time.Second

var errInUse = errors.New("another maskwarden runs with this state_dir; stop it, or give each its own state_dir")

// isSetup says whether an error is a mistake of the set-up rather than a disk that fails.
func isSetup(err error) bool {
	for _, e := range []error{errInUse, fs.ErrPermission, fs.ErrNotExist, syscall.ENOTDIR, syscall.EISDIR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// openDisk opens or makes the file. A corrupt one is moved aside and a new one made; damage says so.
func openDisk(path string) (d *disk, damage, err error) {
	if d, damage = tryOpen(path); !errors.Is(damage, errCorrupt) {
		return d, nil, damage
	}
	aside, err := d.abandon(path)
	if err != nil {
		return nil, damage, err
	}
	damage = fmt.Errorf("%w; kept as %s", damage, aside)
	d, err = tryOpen(path)
	return d, damage, err
}

// tryOpen opens or makes the file. With errCorrupt the returned disk still holds the lock, for abandon.
func tryOpen(path string) (*disk, error) {
	file, fresh, err := lock(path)
	if err != nil {
		return nil, err
	}
	d := &disk{file: file}
	if fresh {
		err = atomicfile.SyncFolder(filepath.Dir(path)) // else a power cut may take the file away with its events
	} else {
		err = verify(file)
	}
	if err == nil {
		err = d.openBolt(path)
	}
	if err == nil {
		err = d.load()
	}
	switch {
	case err == nil:
		return d, nil
	case fresh: // half a file of a full disk
		err = errors.Join(fmt.Errorf("make %s: %v", path, err), os.Remove(path)) //nolint:errorlint // a new file is never corrupt
		d.release()
		return nil, err
	case errors.Is(err, errCorrupt):
		return d, err
	default:
		d.release()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
}

// release closes what is open after a failure, whose error counts.
func (d *disk) release() {
	if d.db != nil {
		_ = d.close()
	}
	_ = d.file.Close()
}

func (d *disk) openBolt(path string) error {
	return guard(func() (err error) {
		d.db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout:      lockWait,
			FreelistType: bolt.FreelistMapType,
			NoStatistics: true,
			// The file was locked and verified before; bbolt's own lock of the same description is granted at once.
			OpenFile: func(string, int, os.FileMode) (*os.File, error) { return d.file, nil },
		})
		return err
	})
}

// lock opens the file and locks it, for lockWait at most. fresh says that it is empty.
func lock(path string) (f *os.File, fresh bool, err error) {
	for deadline := time.Now().Add(lockWait); ; time.Sleep(lockWait / 20) {
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, false, err //nolint:wrapcheck // it names the file
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			held, e1 := f.Stat()
			named, e2 := os.Stat(path)
			if e1 == nil && e2 == nil && os.SameFile(held, named) { // else it was moved aside meanwhile
				return f, held.Size() == 0, f.Chmod(0o600)
			}
		}
		_ = f.Close() // it was only locked
		if time.Now().After(deadline) {
			if errors.Is(err, syscall.EWOULDBLOCK) {
				err = errInUse
			}
			return nil, false, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}

// abandon moves the file aside, in place of one moved before, and lets go of it. A database that panicked may hold its own locks, so it is not
// closed: its mapping of the file stays until the process ends.
func (d *disk) abandon(path string) (aside string, err error) {
	before, _ := filepath.Glob(path + ".corrupt-*") // the pattern is well formed
	aside = path + ".corrupt-" + time.Now().UTC().Format("20060102T150405.000")
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("move the corrupt spool aside: %w", err)
	}
	_ = d.file.Close() // nothing of it is needed
	for _, old := range before {
		_ = os.Remove(old) // it only takes up room
	}
	return aside, nil
}

func (d *disk) close() error {
	return guard(func() error {
		if err := d.db.Close(); err != nil {
			return fmt.Errorf("close spool: %w", err)
		}
		return nil
	})
}

// verify checks the structure of a file that is not empty.
func verify(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	err = guard(func() error { return check(io.NewSectionReader(f, 0, info.Size()), info.Size()) })
	if err != nil && !errors.Is(err, errCorrupt) {
		return fmt.Errorf("read: %w", err)
	}
	return err
}
