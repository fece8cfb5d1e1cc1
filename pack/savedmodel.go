package pack

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CopySavedModel copies the pack's SavedModel into the empty folder to. TensorFlow reads files itself, so each is checked once more as
// it is copied: what is loaded from there is what was signed, whatever happened to the pack since Open.
func (p *Pack) CopySavedModel(to string) (err error) {
	manifest := filepath.Join(p.Dir, ManifestName)
	if p.Manifest.SavedModel == "" {
		return fmt.Errorf("%s: savedmodel: missing: take a pack with a SavedModel, or export the model again with `make train`", manifest)
	}
	f, err := openFolder(p.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	for _, name := range slices.Sorted(maps.Keys(p.Manifest.Files)) {
		inside, ok := strings.CutPrefix(name, p.Manifest.SavedModel+"/")
		if !ok {
			continue
		}
		data, err := f.read(name, p.Manifest.Files[name], true)
		if err != nil {
			return err
		}
		target := filepath.Join(to, filepath.FromSlash(inside))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
