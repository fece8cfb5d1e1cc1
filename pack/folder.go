package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Files of every pack; its manifest lists all others.
const (
	ManifestName  = "manifest.json"
	SignatureName = ManifestName + ".minisig"
)

const (
	maxManifest  = 1 << 20   // bytes
	maxSignature = 4 << 10   // bytes
	maxFile      = 64 << 20  // bytes; what a camera's memory can still hold twice
	maxFiles     = 256 << 20 // bytes of all files
)

// folder is an open pack that is being read.
type folder struct {
	dir  string
	root *os.Root // refuses links that lead out of the pack
	left int64    // bytes that its files may still have
}

func openFolder(dir string) (*folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("model pack %s: %w: name a folder with a %s, or make one with `make train`", dir, cause(err), ManifestName)
	}
	return &folder{dir, root, maxFiles}, nil
}

func (f *folder) close() error            { return f.root.Close() }
func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) manifest() ([]byte, error) {
	var data bytes.Buffer
	if err := f.copy(&data, ManifestName, maxManifest); err != nil {
		return nil, fmt.Errorf("%s: %w: is this folder a model pack?", f.path(ManifestName), err)
	}
	return data.Bytes(), nil
}

// check compares every file of the folder with its hash in files, and fills the values of kept with the files it names.
func (f *folder) check(files map[string]string, kept map[string][]byte) error {
	err := fs.WalkDir(f.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", f.path(name), cause(err))
		case entry.IsDir(), name == ManifestName, name == SignatureName, files[name] != "":
			return nil
		}
		return fmt.Errorf("%s: files: does not list %s: remove that file, or copy the whole pack again", f.path(ManifestName), f.path(name))
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		_, keep := kept[name]
		data, err := f.read(name, files[name], keep)
		if err != nil {
			return err
		}
		if keep {
			kept[name] = data
		}
	}
	return nil
}

// read checks that a file has the hash that the manifest says, and returns it if it is to be kept.
func (f *folder) read(name, hash string, keep bool) ([]byte, error) {
	var data bytes.Buffer
	sum := sha256.New()
	to := io.Writer(sum)
	if keep {
		to = io.MultiWriter(sum, &data)
	}
	if err := f.copy(to, name, maxFile); err != nil {
		return nil, fmt.Errorf("%s: files.%s: %s: %w: copy the whole pack again", f.path(ManifestName), name, f.path(name), err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != hash {
		return nil, fmt.Errorf("%s: files.%s: %s has the sha256 %s, want %s: copy the whole pack again",
			f.path(ManifestName), name, f.path(name), got, hash)
	}
	return data.Bytes(), nil
}

// copy writes a regular file of at most limit bytes to w; its errors leave the path to the caller.
func (f *folder) copy(w io.Writer, name string, limit int64) error {
	// Asked before opening, since opening a named pipe would wait for ever.
	info, err := f.root.Stat(name)
	if err != nil {
		return cause(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a file")
	}
	file, err := f.root.Open(name)
	if err != nil {
		return cause(err)
	}
	n, err := io.Copy(w, io.LimitReader(file, min(limit, f.left)+1))
	f.left -= n
	switch err := errors.Join(err, file.Close()); {
	case err != nil:
		return cause(err)
	case n > limit:
		return fmt.Errorf("larger than %d bytes", limit)
	case f.left < 0:
		return fmt.Errorf("with it the pack is larger than %d bytes", maxFiles)
	}
	return nil
}

// cause takes the operation and the path off a file error: the caller names the path better.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
