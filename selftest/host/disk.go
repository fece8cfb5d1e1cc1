package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/maskwarden/maskwarden/selftest"
)

const (
	// DefaultMinDisk holds the outbox's largest size, and as much again for the rest of the system.
	DefaultMinDisk = 64 << 20
	minInodes      = 100
)

// Disk checks that the state folder's file system has room. The value is what is free.
func Disk(h *Host) selftest.Check {
	return selftest.Check{
		Name: "disk", Severity: selftest.Fault,
		Asks:   "is there room in `state_dir`?",
		Remedy: "make room, or set `state_dir` to a folder on a larger disk",
		Run:    func(context.Context, uint64) selftest.Result { return h.disk() },
	}
}

func (h *Host) disk() selftest.Result {
	const hint = "make room, or set state_dir to a folder on a larger disk"
	dir, s, err := filesystem(h.StateDir)
	if err != nil {
		return selftest.Failed(err, hint)
	}
	r := room("free space", hint, cmp.Or(h.MinDisk, DefaultMinDisk)).Grade(mebibytes(s.Bavail * uint64(s.Bsize)))
	r.Detail = "in " + dir
	if r.Result == selftest.Pass && s.Files > 0 && s.Ffree < minInodes {
		r.Result, r.Hint, r.Detail = selftest.Warn, hint, fmt.Sprintf("room for %d more files in %s", s.Ffree, dir)
	}
	return r
}

// filesystem asks for the file system of a folder, or of the nearest one above that is there.
func filesystem(dir string) (string, syscall.Statfs_t, error) {
	var s syscall.Statfs_t
	for {
		err := syscall.Statfs(dir, &s)
		above := filepath.Dir(dir)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || above == dir {
			if err != nil {
				err = fmt.Errorf("%s: %w", dir, err)
			}
			return dir, s, err
		}
		dir = above
	}
}

// room is how much of something must be left: less than limit fails, less than twice as much warns.
func room(quantity, hint string, limit uint64) selftest.Scale {
	return selftest.Scale{
		Quantity: quantity, Unit: "MiB", Bound: selftest.AtLeast, Fail: mebibytes(limit), Warn: mebibytes(2 * limit), Hint: hint,
	}
}

// mebibytes is bytes in MiB, three significant digits.
func mebibytes(bytes uint64) float64 { return selftest.Rounded(float64(bytes) / (1 << 20)) }
