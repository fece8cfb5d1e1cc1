package atomicfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// expect fails unless the folder holds these files, by name and content, and nothing else.
func expect(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if content, known := want[e.Name()]; err != nil || !known || string(data) != content {
			t.Errorf("%s holds %.40q (%v), want %.40q", e.Name(), data, err, content)
		}
	}
	if len(entries) != len(want) {
		t.Errorf("%d files, want %d", len(entries), len(want))
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	defer syscall.Umask(syscall.Umask(0o077)) // the mode is the caller's, whatever the umask
	for _, c := range []struct {
		content string
		mode    fs.FileMode
	}{{"first", 0o600}, {"second", 0o644}, {"", 0o600}} {
		if err := Write(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != c.mode {
			t.Errorf("mode %v (%v), want %v", info.Mode(), err, c.mode)
		}
		expect(t, dir, map[string]string{"state": c.content})
	}
}

// TestWriteReadersSeeWholeFiles: who has the old file open goes on reading the old one.
func TestWriteReadersSeeWholeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	put(t, path, "old")
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := Write(path, []byte("new content"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := got.ReadFrom(reader); err != nil || got.String() != "old" {
		t.Errorf("read %q (%v), want old", &got, err)
	}
}

func TestWriteReplacesLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "precious")
	put(t, elsewhere, "precious")
	path := filepath.Join(dir, "state")
	if err := os.Symlink(elsewhere, path); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v (%v), want a regular file", info.Mode(), err)
	}
	expect(t, dir, map[string]string{"state": "new"})
	expect(t, filepath.Dir(elsewhere), map[string]string{"precious": "precious"})
}

func TestCreateKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := Create(path, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
	}
	if err := Create(path, []byte("second"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want that it exists", err)
	}
	expect(t, dir, map[string]string{"key": "first"})
}

// TestFaults: a write that fails leaves the old file and no other, and says why.
func TestFaults(t *testing.T) {
	failing := func(folder bool, err error) writer {
		return writer{func(f *os.File) error {
			if info, e := f.Stat(); e != nil || info.IsDir() == folder {
				return errors.Join(e, err)
			}
			return f.Sync()
		}}
	}
	for _, c := range []struct {
		name    string
		writer  writer
		path    func(dir string) string
		want    error
		content string
	}{
		{"file not synced", failing(false, syscall.EIO), nil, syscall.EIO, "old"},
		{"folder not synced", failing(true, syscall.EIO), nil, syscall.EIO, "new"},
		{"folder that cannot be synced", failing(true, syscall.EINVAL), nil, nil, "new"},
		{"file that cannot be synced", failing(false, syscall.EINVAL), nil, syscall.EINVAL, "old"},
		{"name too long", failing(true, nil), func(dir string) string { return filepath.Join(dir, strings.Repeat("n", 256)) }, syscall.ENAMETOOLONG, "old"},
		{"no folder", failing(true, nil), func(dir string) string { return filepath.Join(dir, "none", "state") }, fs.ErrNotExist, "old"},
		{"folder is a file", failing(true, nil), func(dir string) string { return filepath.Join(dir, "state", "x") }, syscall.ENOTDIR, "old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "state")
			put(t, path, "old")
			if c.path != nil {
				path = c.path(dir)
			}
			err := c.writer.write(path, []byte("new"), 0o600, os.Rename)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if err != nil && err.Error() != "write "+path+": "+cause(errors.Unwrap(err)).Error() {
				t.Errorf("got %v, want one that names %s only", err, path)
			}
			expect(t, dir, map[string]string{"state": c.content})
		})
	}
}

// TestSyncsFileThenFolder: the content is on the disk before the name is, and both are.
func TestSyncsFileThenFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	put(t, path, "old")
	var steps []string
	w := writer{func(f *os.File) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		step := "file"
		if info.IsDir() {
			step = "folder " + f.Name()
		}
		steps = append(steps, step+" while "+string(content)+" is there")
		return f.Sync()
	}}
	if err := w.write(path, []byte("new"), 0o600, os.Rename); err != nil {
		t.Fatal(err)
	}
	want := "file while old is there, folder " + dir + " while new is there"
	if got := strings.Join(steps, ", "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestDiskFull: the kernel takes a part of the data only, as on a full disk.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	put(t, path, "old")
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = 1 << 16
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	err := Write(path, make([]byte, 1<<20), 0o600)
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); e != nil {
		t.Fatal(e)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got %v, want %v", err, syscall.EFBIG)
	}
	expect(t, dir, map[string]string{"state": "old"})
}

func TestNotRegular(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("x"), 0o600); err == nil || err.Error() != "write "+path+": not a regular file" {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
		t.Errorf("%v (%v): the pipe is gone", info.Mode(), err)
	}
}
