package daemon

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/maskwarden/maskwarden/atomicfile"
	"github.com/maskwarden/maskwarden/pack"
)

// newest remembers in the state folder the highest version of a pack that has run, so that nobody slips in an older one,
// signed as it is, with faults that are known.
type newest struct {
	dir  string
	pack *pack.Pack
}

func (n *newest) path() string { return filepath.Join(n.dir, "newest-"+n.pack.Manifest.Name) }

// check refuses a pack older than the one that has run.
func (n *newest) check() error {
	ran, err := n.version()
	if err != nil {
		return err
	}
	if m := &n.pack.Manifest; m.Version < ran {
		return fmt.Errorf("classifier.pack: %s: version %d of %s, but version %d has run here: take that or a newer one; to go back on purpose, delete %s",
			n.pack.Dir, m.Version, m.Name, ran, n.path())
	}
	return nil
}

// raise remembers the pack's version if it is the highest.
func (n *newest) raise() error {
	ran, err := n.version()
	if err != nil || n.pack.Manifest.Version <= ran {
		return err
	}
	if err := n.write(); err != nil {
		return fmt.Errorf("state_dir: cannot remember the pack's version: %w: name a folder that can be written", err)
	}
	return nil
}

// version reads the highest version that has run, 0 if none has.
func (n *newest) version() (version int, err error) {
	text, err := os.ReadFile(n.path())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("state_dir: %w", err)
	}
	_, err = fmt.Sscanf(string(text), "version %d", &version)
	if err != nil || version < 1 || string(text) != n.record(version) {
		return 0, fmt.Errorf("state_dir: %s is damaged, so which version of the pack has run is not known: make sure that %s is no old one, then delete that file",
			n.path(), n.pack.Dir)
	}
	return version, nil
}

// record is the file's text: the version, and a checksum of it and the pack's name.
func (n *newest) record(version int) string {
	text := fmt.Sprintf("version %d", version)
	return fmt.Sprintf("%s %08x\n", text, crc32.ChecksumIEEE([]byte(n.pack.Manifest.Name+" "+text)))
}

func (n *newest) write() error {
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	return atomicfile.Write(n.path(), []byte(n.record(n.pack.Manifest.Version)), 0o600)
}
