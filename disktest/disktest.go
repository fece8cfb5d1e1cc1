// Package disktest mounts disks for tests, and freezes them. Only root can.
package disktest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Memory mounts a file system in memory over a folder, until the test ends. It returns false where only root could.
func Memory(t testing.TB, dir string) bool {
	t.Helper()
	return mounted(t, dir, unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"))
}

// Mount mounts a new file system that Freeze can freeze over a folder, until the test ends. It returns false where only root could.
func Mount(t testing.TB, dir string) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return false
	}
	image := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"truncate", "-s", "64M", image}, {"mkfs.ext4", "-q", image}, {"mount", "-o", "loop", image, dir}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Logf("%q: %v: %s", command, err, out)
			return false
		}
	}
	return mounted(t, dir, nil)
}

func mounted(t testing.TB, dir string, err error) bool {
	t.Helper()
	if errors.Is(err, unix.EPERM) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return true
}

// What fsfreeze asks of a file system (linux/fs.h).
const (
	fiFreeze = 0xC0045877
	fiThaw   = 0xC0045878
)

// Freeze has every write to a mounted file system hang, as fsfreeze does, until thaw is called or the test ends.
func Freeze(t testing.TB, dir string) (thaw func()) {
	t.Helper()
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.IoctlSetInt(int(d.Fd()), fiThaw, 0) // a test that fails leaves nothing frozen
		_ = d.Close()
	})
	if err := unix.IoctlSetInt(int(d.Fd()), fiFreeze, 0); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.IoctlSetInt(int(d.Fd()), fiThaw, 0); err != nil {
			t.Error(err)
		}
	}
}
