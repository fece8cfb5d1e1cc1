package textfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/maskwarden/maskwarden/textfile"
)

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		text      string
		mode      os.FileMode
		want, err string
	}{
		{"secret", 0o600, "secret", ""},
		{"\xef\xbb\xbfsecret\r\n", 0o400, "secret", ""},
		{"\xff\xfes\x00e\x00\xac\x20\r\x00\n\x00", 0o600, "se€", ""}, // as PowerShell writes
		{"\xfe\xff\x00s\x00e\x20\xac", 0o600, "se€", ""},
		{"\xef\xbb\xbf" + strings.Repeat("x", 4096), 0o600, "", "password_file FILE holds 4097 bytes, want 1 to 4096"},
		{" two\nlines\n\n", 0o600, " two\nlines\n", ""},
		{"\n", 0o600, "", "password_file FILE holds 1 bytes, want 1 to 4096"},
		{strings.Repeat("x", 5000), 0o600, "", "password_file FILE holds 4097 bytes, want 1 to 4096"},
		{"secret", 0o640, "", "password_file FILE can be read by others (mode 0640): chmod 600 FILE"},
		{"secret", 0o604, "", "password_file FILE can be read by others (mode 0604): chmod 600 FILE"},
	} {
		file := filepath.Join(dir, "password")
		_ = os.Remove(file)
		if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		got, err := textfile.Secret("password_file", file)
		text := ""
		if err != nil {
			text = strings.ReplaceAll(err.Error(), file, "FILE")
		}
		if got != c.want || text != c.err {
			t.Errorf("%q: got %q, %s; want %q, %s", c.text, got, text, c.want, c.err)
		}
	}
	pipe := filepath.Join(dir, "pipe") // nobody writes to it: no camera and no connection may wait for that
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := textfile.Secret("password_file", pipe); err == nil || !strings.Contains(err.Error(), "holds 0 bytes") {
		t.Errorf("a pipe: %v", err)
	}
	if _, err := textfile.Secret("password_file", filepath.Join(dir, "none")); err == nil || !strings.HasPrefix(err.Error(), "password_file: stat ") {
		t.Errorf("a missing file: %v", err)
	}
}

// TestCredential: systemd shows a credential's access list as rights of the group.
func TestCredential(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("secret"), 0o440); err != nil {
		t.Fatal(err)
	}
	if err := textfile.Private("password_file", file); err == nil {
		t.Error("a file that the group reads is private")
	}
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(file))
	if err := textfile.Private("password_file", file); err != nil {
		t.Error(err)
	}
}
