// Package atomicfile writes whole files that survive a power cut: at any moment there is the old file or the new one, never a part.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Write replaces the file at path, or makes it, with exactly this mode. A symbolic link is replaced, not followed. Written by root, the
// file belongs to whom its folder belongs to, who could not read or replace it else.
// After an error the old file is as it was, unless only the folder could not be synced: then the new file may not survive a power cut.
func Write(path string, data []byte, mode fs.FileMode) error {
	return writer{(*os.File).Sync}.write(path, data, mode, os.Rename)
}

// Create is Write for a file that must not exist yet: else it fails with fs.ErrExist. The file system must have hard links.
func Create(path string, data []byte, mode fs.FileMode) error {
	return writer{(*os.File).Sync}.write(path, data, mode, os.Link)
}

// writer writes to the disk by sync; tests give it one that fails.
type writer struct{ sync func(*os.File) error }

// write prepares a temporary file in the same folder and gives it its name with place.
func (w writer) write(path string, data []byte, mode fs.FileMode, place func(from, to string) error) (err error) {
	defer func() {
		if err != nil {
			err = &fs.PathError{Op: "write", Path: path, Err: cause(err)}
		}
	}()
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("not a regular file") // a device must not be replaced
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	part, err := os.CreateTemp(folder.Name(), ".maskwarden-*")
	if err != nil {
		return err
	}
	_, err = part.Write(data)
	if err = errors.Join(err, own(part, folder), part.Chmod(mode), w.sync(part), part.Close()); err == nil {
		err = place(part.Name(), path)
	}
	if gone := os.Remove(part.Name()); err != nil || !errors.Is(gone, fs.ErrNotExist) { // after a rename it is not there
		err = errors.Join(err, gone)
	}
	if err != nil {
		return err
	}
	return w.syncFolder(folder)
}

// own gives a file that root writes to the owner of its folder.
func own(file, folder *os.File) error {
	info, err := folder.Stat()
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || s.Uid == 0 {
		return nil
	}
	return file.Chown(int(s.Uid), int(s.Gid))
}

// syncFolder makes the file's name last. Some network file systems cannot sync folders; their servers do it.
func (w writer) syncFolder(folder *os.File) error {
	if err := w.sync(folder); !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// cause leaves out the temporary file's name, which tells nobody anything.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
