// Package textfile reads the short text files that people write: passwords, keys, certificates.
package textfile

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf16"
)

// MaxSecret is how long a password may be, in bytes.
const MaxSecret = 4096

// Trim takes off the byte order mark that some editors put before a text. What the mark says to be UTF-16 becomes UTF-8.
func Trim(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	units := make([]uint16, 0, len(text)/2)
	for at := 2; at+1 < len(text); at += 2 {
		units = append(units, order.Uint16(text[at:]))
	}
	return []byte(string(utf16.Decode(units)))
}

// Open opens a file to read. A pipe that nobody writes to is empty, and not waited for.
func Open(path string) (*os.File, error) { return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) }

// Read reads a file of at most so many bytes, without its byte order mark. Of a longer one it returns one byte more.
func Read(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if int64(len(text)) > most {
		return text, err
	}
	return Trim(text), err
}

// Secret reads a password. A final line break is no part of it. key is the configuration's name of the file; errors never hold the
// password.
func Secret(key, path string) (string, error) {
	if err := Private(key, path); err != nil {
		return "", err
	}
	text, err := Read(path, MaxSecret)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if secret == "" || len(text) > MaxSecret {
		return "", fmt.Errorf("%s %s holds %d bytes, want 1 to %d", key, path, len(text), MaxSecret)
	}
	return secret, nil
}

// MaxPEM is how long a file of certificates may be, in bytes.
const MaxPEM = 1 << 20

// Authorities reads certificates that are trusted to sign others, in PEM. key is the configuration's name of the file.
func Authorities(key, path string) (*x509.CertPool, error) {
	pem, err := Read(path, MaxPEM)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s %s holds no PEM certificate", key, path)
	}
	return pool, nil
}

// Private refuses a secret that others can read. What systemd hands over with LoadCredential= shows its access list as the group's
// rights, in a folder that only the service can enter.
func Private(key, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	others := os.FileMode(0o077)
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" && filepath.Dir(path) == filepath.Clean(dir) {
		others = 0o007
	}
	if mode := info.Mode().Perm(); mode&others != 0 {
		return fmt.Errorf("%s %s can be read by others (mode %04o): chmod 600 %s", key, path, mode, path)
	}
	return nil
}
