package spool

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// InUse says whether another process holds the outbox in a folder.
func InUse(dir string) bool {
	f, err := os.Open(filepath.Join(dir, Name))
	if err != nil {
		return false // nobody can hold what is not there
	}
	defer f.Close() //nolint:errcheck // it was only looked at
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
