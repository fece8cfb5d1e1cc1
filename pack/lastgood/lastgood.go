// Package lastgood keeps a copy of the last model pack that passed its self-test, for when the configured one is damaged.
package lastgood

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/maskwarden/maskwarden/atomicfile"
	"github.com/maskwarden/maskwarden/pack"
)

// A copy lies in the state folder under prefix and a part of its manifest's hash; it has another name until it is complete.
const (
	prefix     = "last-pack-"
	unfinished = ".last-pack-part"
	spare      = 32 << 20 // bytes that a copy leaves free: the outbox writes to the same disk
)

// Store is the place of one copy.
type Store struct {
	Dir  string                               // the state folder
	Open func(dir string) (*pack.Pack, error) // verifies a pack: signature, hashes, name and version
}

// Find returns the folder of the copy, empty where there is none. It is to be verified like any other pack.
func (s *Store) Find() string {
	best, version := "", -1
	for _, dir := range s.copies() { // two, where a power cut left the older one
		p, err := s.Open(dir)
		switch {
		case err == nil && p.Manifest.Version > version:
			best, version = dir, p.Manifest.Version
		case best == "":
			best = dir // whoever opens it says what is wrong
		}
	}
	return best
}

// copies are the folders of all copies.
func (s *Store) copies() (dirs []string) {
	entries, _ := os.ReadDir(s.Dir) // a folder that cannot be read has none
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			dirs = append(dirs, filepath.Join(s.Dir, e.Name()))
		}
	}
	return dirs
}

// Keep copies a pack, unless its whole copy is there already, and then removes every other copy. A copy gets its name once it is complete,
// verified and on the disk.
func (s *Store) Keep(p *pack.Pack) error {
	manifest, err := os.ReadFile(filepath.Join(p.Dir, pack.ManifestName))
	if err != nil {
		return err
	}
	to := filepath.Join(s.Dir, fmt.Sprintf("%s%.8x", prefix, sha256.Sum256(manifest)))
	if !s.whole(to, p, manifest) {
		if err := s.copy(p, to); err != nil {
			return fmt.Errorf("state_dir: no copy of %s is kept: %w", p.Dir, err)
		}
	}
	return s.clear(to)
}

// whole says whether a folder holds this pack, signature and all.
func (s *Store) whole(dir string, p *pack.Pack, manifest []byte) bool {
	if _, err := s.Open(dir); err != nil {
		return false
	}
	for name, want := range map[string][]byte{pack.ManifestName: manifest, pack.SignatureName: nil} {
		if want == nil {
			want, _ = os.ReadFile(filepath.Join(p.Dir, name)) // one that is gone equals no other
		}
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}

func (s *Store) copy(p *pack.Pack, to string) (err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	part := filepath.Join(s.Dir, unfinished)
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(part)) }()
	if err := s.room(p); err != nil {
		return err
	}
	folders := map[string]bool{part: true}
	for _, name := range files(p) {
		file := filepath.Join(part, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		for dir := filepath.Dir(file); len(dir) > len(part); dir = filepath.Dir(dir) {
			folders[dir] = true
		}
		if err := copyFile(filepath.Join(p.Dir, name), file); err != nil {
			return err
		}
	}
	for dir := range folders {
		if err := atomicfile.SyncFolder(dir); err != nil {
			return err
		}
	}
	if _, err := s.Open(part); err != nil { // what was copied may have changed meanwhile
		return err
	}
	if err := os.RemoveAll(to); err != nil { // a damaged copy
		return err
	}
	if err := os.Rename(part, to); err != nil {
		return err
	}
	return atomicfile.SyncFolder(s.Dir)
}

// room is an error where the disk has no room for a pack.
func (s *Store) room(p *pack.Pack) error {
	need := int64(spare)
	for _, name := range files(p) {
		info, err := os.Stat(filepath.Join(p.Dir, name))
		if err != nil {
			return err
		}
		need += info.Size()
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.Dir, &disk); err != nil {
		return &fs.PathError{Op: "statfs", Path: s.Dir, Err: err}
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < need {
		return fmt.Errorf("%d MB are free, want %d MB: make room on the disk of %s", free>>20, need>>20, s.Dir)
	}
	return nil
}

// clear removes every copy but one, and what is left of an unfinished one.
func (s *Store) clear(keep string) error {
	var errs []error
	for _, dir := range append(s.copies(), filepath.Join(s.Dir, unfinished)) {
		if dir != keep {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}

// files are the names of all files of a pack.
func files(p *pack.Pack) []string {
	return append(slices.Sorted(maps.Keys(p.Manifest.Files)), pack.ManifestName, pack.SignatureName)
}

// copyFile copies a file onto the disk.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
