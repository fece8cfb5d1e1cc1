package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Asset returns the path of a model or a library. A relative one lies in assets_dir; if that is not set,
// in ../share/maskwarden next to the program or else in /usr/share/maskwarden, whichever holds it.
func (c *Config) Asset(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	dirs := []string{c.AssetsDir}
	if c.AssetsDir == "" {
		exe, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("asset %s: %w", name, err)
		}
		if target, err := filepath.EvalSymlinks(exe); err == nil {
			exe = target
		}
		dirs = []string{filepath.Join(filepath.Dir(exe), "../share/maskwarden"), "/usr/share/maskwarden"}
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("asset: %w", err)
		}
	}
	return "", fmt.Errorf("asset %s: in none of %v: run `make setup`, or set assets_dir (MASKWARDEN_ASSETS_DIR)", name, dirs)
}
