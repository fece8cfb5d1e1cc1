package pack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/atomicfile"
)

// maxKey is more than the file of a secret key holds.
const maxKey = 4096

// PublicKey reads a minisign public key: the line of base64 that begins with RW.
func PublicKey(text string) (minisign.PublicKey, error) {
	var key minisign.PublicKey
	if err := key.UnmarshalText([]byte(text)); err != nil || key.String() != text {
		return key, fmt.Errorf("%q: not a minisign public key, want 56 characters that begin with RW, as `maskwarden pack keygen` prints them", text)
	}
	return key, nil
}

// MakeKey writes a new secret key, without a password, to a new file that only its owner may read, and returns it.
func MakeKey(path string) (key minisign.PrivateKey, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("key %s: %w", path, err)
		}
	}()
	if _, key, err = minisign.GenerateKey(nil); err != nil {
		return key, err
	}
	text, err := key.MarshalText()
	if err != nil {
		return key, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return key, cause(err)
	}
	if err := atomicfile.Create(path, append(text, '\n'), 0o600); errors.Is(err, fs.ErrExist) {
		return key, errors.New("exists: name another file, for a key that is lost cannot be made again")
	} else if err != nil {
		return key, cause(err)
	}
	return key, nil
}

// ReadKey reads a secret key without a password, of MakeKey or of minisign -G -W.
func ReadKey(path string) (minisign.PrivateKey, error) { return readKey(path, os.O_RDONLY) }

// ReadOwnKey is ReadKey for a folder that somebody else writes to: a symbolic link there is refused, not followed to another's key.
func ReadOwnKey(path string) (minisign.PrivateKey, error) {
	return readKey(path, os.O_RDONLY|syscall.O_NOFOLLOW)
}

func readKey(path string, flags int) (key minisign.PrivateKey, err error) {
	f, err := os.OpenFile(path, flags|syscall.O_NONBLOCK, 0) // a pipe that nobody writes to is no key
	if errors.Is(err, syscall.ELOOP) {
		return key, fmt.Errorf("key %s: a symbolic link: remove it", path)
	}
	if err != nil {
		return key, fmt.Errorf("key %s: %w: make one with `maskwarden pack keygen --out %s`", path, cause(err), path)
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return key, fmt.Errorf("key %s: %w: make one with `maskwarden pack keygen --out %s`", path, cause(err), path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return key, fmt.Errorf("key %s: others may read or write it (mode %04o): chmod 600 %s", path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKey))
	if err != nil {
		return key, fmt.Errorf("key %s: %w", path, cause(err))
	}
	if minisign.IsEncrypted(text) {
		return key, fmt.Errorf("key %s: it has a password: take it off with `minisign -C -W -s %s`, or sign with minisign", path, path)
	}
	if err := key.UnmarshalText(text); err != nil {
		return key, fmt.Errorf("key %s: %w, want one that `maskwarden pack keygen` or `minisign -G -W` wrote", path, err)
	}
	return key, nil
}

// ID writes the id of a key as minisign does.
func ID(id uint64) string { return fmt.Sprintf("%016X", id) }
