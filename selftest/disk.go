package selftest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// Disk checks that the state folder's file system has room.
type Disk struct {
	Dir     string // state_dir; where it is not there yet, the nearest folder above it counts
	MinFree uint64 // bytes; 0: DefaultMinFree
}

// DefaultMinFree holds the spool's largest size, and as much again for the rest of the system.
const DefaultMinFree = 64 << 20

// Name implements Check.
func (Disk) Name() string { return "disk" }

// Run implements Check. Value is what is free.
func (c Disk) Run(context.Context) Result {
	limit := c.MinFree
	if limit == 0 {
		limit = DefaultMinFree
	}
	const hint = "make room, or set state_dir to a folder on a larger disk"
	dir, s, err := filesystem(c.Dir)
	if err != nil {
		return failed(err, hint)
	}
	free := s.Bavail * uint64(s.Bsize)
	r := Result{Result: Pass, Value: mebibytes(free), Limit: mebibytes(limit), Unit: "MiB", Detail: "free in " + dir}
	switch {
	case free < limit:
		r.Result, r.Hint = Fail, hint
	case free < 2*limit || s.Files > 0 && s.Ffree < 100:
		r.Result, r.Hint = Warn, hint
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

// mebibytes is bytes in MiB, in whole ones from 10 up.
func mebibytes(bytes uint64) float64 { return rounded(float64(bytes) / (1 << 20)) }

// rounded has three digits that count.
func rounded(v float64) float64 {
	var out float64
	if _, err := fmt.Sscan(fmt.Sprintf("%.3g", v), &out); err != nil {
		return v
	}
	return out
}
