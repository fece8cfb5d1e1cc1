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
	"github.com/maskwarden/maskwarden/textfile"
)

// rollbackGuard remembers in the state folder the highest version of a pack that has run, so that nobody can install an older one,
// which is signed, too, but has known faults.
type rollbackGuard struct {
	dir  string
	pack *pack.Pack
}

// rollbackPrefix begins the record's name; the pack's ends it.
const rollbackPrefix = "newest-"

func (g *rollbackGuard) path() string {
	return filepath.Join(g.dir, rollbackPrefix+g.pack.Manifest.Name)
}

// check refuses a pack older than the version that has run.
func (g *rollbackGuard) check(ran int) error {
	if m := &g.pack.Manifest; m.Version < ran {
		return fmt.Errorf("classifier.pack: %s: version %d of %s, but version %d has run here: take that or a newer one; to go back on purpose, delete %s",
			g.pack.Dir, m.Version, m.Name, ran, g.path())
	}
	return nil
}

// raise remembers the pack's version if it is the highest.
func (g *rollbackGuard) raise() error {
	ran, err := g.version()
	if err != nil || g.pack.Manifest.Version <= ran {
		return err
	}
	if err := g.write(); err != nil {
		return fmt.Errorf("state_dir: cannot remember the pack's version: %w: name a folder that can be written", err)
	}
	return nil
}

// maxRecord is more than a record has, in bytes.
const maxRecord = 1 << 10

// version reads the highest version that has run, 0 if none has.
func (g *rollbackGuard) version() (version int, err error) {
	text, err := textfile.Read(g.path(), maxRecord) // neither a pipe nor a large file holds up the start
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("state_dir: %w", err)
	}
	_, err = fmt.Sscanf(string(text), "version %d", &version)
	if err != nil || version < 1 || string(text) != g.record(version) {
		return 0, fmt.Errorf("state_dir: %s is damaged, so which version of the pack has run is not known: make sure that %s is no old one, then delete that file",
			g.path(), g.pack.Dir)
	}
	return version, nil
}

// record is the file's text: the version, and a checksum of it and the pack's name.
func (g *rollbackGuard) record(version int) string {
	text := fmt.Sprintf("version %d", version)
	return fmt.Sprintf("%s %08x\n", text, crc32.ChecksumIEEE([]byte(g.pack.Manifest.Name+" "+text)))
}

func (g *rollbackGuard) write() error {
	if err := os.MkdirAll(g.dir, 0o700); err != nil {
		return err
	}
	return atomicfile.Write(g.path(), []byte(g.record(g.pack.Manifest.Version)), 0o600)
}
