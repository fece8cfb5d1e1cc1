package config

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// SecretFile is the path of a file that holds a password, or "". A final line break is not part of the password.
type SecretFile string

// Read returns the password, or "" if there is no file. Errors never hold it.
func (s SecretFile) Read() (string, error) {
	if s == "" {
		return "", nil
	}
	f, err := os.Open(string(s))
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	const most = 4096
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if password == "" || len(b) > most {
		return "", fmt.Errorf("password: %s holds %d bytes, want 1 to %d", s, len(b), most)
	}
	return password, nil
}
