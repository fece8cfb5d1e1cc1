// Package pack reads and signs model packs: models, and the manifest that says how to use them.
package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/maskwarden/maskwarden/frame"
)

// Kind names one of a pack's models by the numbers it computes with; all take and give float32.
type Kind string

// The kinds of models. A pack holds Float32, and may hold the others.
const (
	Float32 Kind = "float32"
	Float16 Kind = "float16"
	Int8    Kind = "int8"
)

// Kinds are all kinds, from the most exact to the least.
func Kinds() []Kind { return []Kind{Float32, Float16, Int8} }

// Pack is a checked model pack. It does not change after Open.
type Pack struct {
	Dir      string // where it was read from
	Manifest Manifest
	Kind     Kind   // of Model
	Model    []byte // the model file, read once; its hash is the manifest's
	Signer   string // id of the key that signed it, 16 hex digits
	Role     Role   // what its signer says it is for

	pictures map[string][]byte // decoded golden pictures, by file
}

// Open reads the pack in the folder dir, and of its models that of one kind. It is refused unless its manifest was signed
// by one of the keys, minisign public keys in base64, and its files are those that the manifest lists, byte for byte.
// Errors name the file, the key, and what to do.
func Open(dir string, kind Kind, keys []string) (*Pack, error) {
	return open(dir, kind, func(f *folder, manifest []byte) (string, Role, error) { return f.signer(manifest, keys) })
}

// OpenUnsigned opens a pack that is still to be signed; whose it is nothing tells.
func OpenUnsigned(dir string, kind Kind) (*Pack, error) {
	return open(dir, kind, func(*folder, []byte) (string, Role, error) { return "", "", nil })
}

func open(dir string, kind Kind, signer func(*folder, []byte) (string, Role, error)) (_ *Pack, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	data, err := f.manifest()
	if err != nil {
		return nil, err
	}
	id, role, err := signer(f, data)
	if err != nil {
		return nil, err
	}
	p, err := f.load(data, kind)
	if err != nil {
		return nil, err
	}
	p.Signer, p.Role = id, role
	return p, nil
}

// load checks the manifest, then every file.
func (f *folder) load(manifest []byte, kind Kind) (*Pack, error) {
	m, err := parse(manifest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path(ManifestName), err)
	}
	model, ok := m.Models[kind]
	if !ok {
		return nil, fmt.Errorf("%s: models.%s: missing: the pack holds %v, set classifier.model to one of them, or export the model",
			f.path(ManifestName), kind, m.kinds())
	}
	p := &Pack{Dir: f.dir, Manifest: m, Kind: kind, pictures: map[string][]byte{}}
	kept := map[string][]byte{model: nil}
	for _, g := range m.Golden {
		if g.File != "" {
			kept[g.File] = nil
		}
	}
	if err := f.check(m.Files, kept); err != nil {
		return nil, err
	}
	p.Model = kept[model]
	for i, g := range m.Golden {
		if g.File == "" {
			continue
		}
		if p.pictures[g.File], err = picture(kept[g.File], m.Input); err != nil {
			return nil, fmt.Errorf("%s: golden[%d].file: %s: %w", f.path(ManifestName), i, f.path(g.File), err)
		}
	}
	return p, nil
}

// File is the model's path inside the pack.
func (p *Pack) File() string { return p.Manifest.Models[p.Kind] }

// SHA256 is the model's hash, 64 lower-case hex digits.
func (p *Pack) SHA256() string { return p.Manifest.Files[p.File()] }

// ID names the pack and its model in events and logs: name@version:first 8 hex digits of the model's sha256.
func (p *Pack) ID() string {
	return fmt.Sprintf("%s@%d:%.8s", p.Manifest.Name, p.Manifest.Version, p.SHA256())
}

// Order gives for each place in frame.Probabilities the place of its class among the model's outputs.
func (p *Pack) Order() [frame.NumClasses]int {
	var order [frame.NumClasses]int
	for i := range order {
		order[i] = slices.Index(p.Manifest.Classes, frame.Class(i).String())
	}
	return order
}

// Verify says whether the model, in memory and on disk, is still the one that the manifest names.
func (p *Pack) Verify() (err error) {
	sum := sha256.Sum256(p.Model)
	if got := hex.EncodeToString(sum[:]); got != p.SHA256() {
		return fmt.Errorf("%s: files.%s: the model in memory has the sha256 %s, want %s: start again; if it comes back, test the memory",
			filepath.Join(p.Dir, ManifestName), p.File(), got, p.SHA256())
	}
	f, err := openFolder(p.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	_, err = f.read(p.File(), p.SHA256(), false)
	return err
}
