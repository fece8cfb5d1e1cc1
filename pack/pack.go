// Package pack reads model packs: a model and the manifest that says how to use it.
package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/maskwarden/maskwarden/frame"
)

const (
	manifestName = "manifest.json"
	maxManifest  = 1 << 20  // bytes
	maxModel     = 64 << 20 // bytes; what a camera's memory can still hold twice
)

// Pack is a checked model pack. It does not change after Open.
type Pack struct {
	Dir      string // where it was read from
	Manifest Manifest
	Model    []byte // the model file, read once; its hash is the manifest's
}

// Open reads the pack in the folder dir. Errors name the file, the key, and what to do.
func Open(dir string) (_ *Pack, err error) {
	root, err := os.OpenRoot(dir) // refuses links that lead out of the pack
	if err != nil {
		return nil, fmt.Errorf("model pack %s: %w: name a folder with a %s, or make one with `make train`", dir, cause(err), manifestName)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	data, err := read(root, manifestName, maxManifest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: is this folder a model pack?", filepath.Join(dir, manifestName), err)
	}
	m, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, manifestName), err)
	}
	p := &Pack{Dir: dir, Manifest: m}
	if p.Model, err = p.readModel(root); err != nil {
		return nil, err
	}
	return p, nil
}

// ID names the pack in events and logs: name@version:first 8 hex digits of the model's sha256.
func (p *Pack) ID() string {
	return fmt.Sprintf("%s@%d:%s", p.Manifest.Name, p.Manifest.Version, p.Manifest.Model.SHA256[:8])
}

// Order gives for each place in frame.Probabilities the place of its class among the model's outputs.
func (p *Pack) Order() [frame.NumClasses]int {
	var order [frame.NumClasses]int
	for i := range order {
		order[i] = slices.Index(p.Manifest.Classes, frame.Class(i).String())
	}
	return order
}

// Verify tells whether the model, in memory and on disk, is still the one that the manifest names.
func (p *Pack) Verify() error {
	if err := p.checkHash(p.Model, "in memory"); err != nil {
		return err
	}
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return fmt.Errorf("model pack %s: %w", p.Dir, cause(err))
	}
	_, err = p.readModel(root)
	return errors.Join(err, root.Close())
}

func (p *Pack) readModel(root *os.Root) ([]byte, error) {
	name := p.Manifest.Model.File
	model, err := read(root, name, maxModel)
	if err != nil {
		return nil, fmt.Errorf("%s: model.file: %s: %w: copy the whole pack again",
			filepath.Join(p.Dir, manifestName), filepath.Join(p.Dir, name), err)
	}
	return model, p.checkHash(model, "of "+filepath.Join(p.Dir, name))
}

func (p *Pack) checkHash(model []byte, where string) error {
	sum := sha256.Sum256(model)
	if got := hex.EncodeToString(sum[:]); got != p.Manifest.Model.SHA256 {
		return fmt.Errorf("%s: model.sha256: the model %s has %s, want %s: copy the whole pack again",
			filepath.Join(p.Dir, manifestName), where, got, p.Manifest.Model.SHA256)
	}
	return nil
}

// read returns a regular file of at most limit bytes; its errors leave the path to the caller.
func read(root *os.Root, name string, limit int64) ([]byte, error) {
	// Asked before opening, since opening a named pipe would wait for ever.
	info, err := root.Stat(name)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, cause(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return data, nil
}

// cause takes the operation and the path off a file error: the caller names the path better.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
