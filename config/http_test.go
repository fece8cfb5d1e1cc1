package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/config"
)

func TestTokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for _, c := range []struct {
		text      string
		mode      os.FileMode
		want, err string
	}{
		{"0123456789abcdef\n", 0o600, "0123456789abcdef", ""},
		{"\xef\xbb\xbf0123456789abcdef\r\n", 0o400, "0123456789abcdef", ""},
		{"0123456789abcde\n", 0o600, "", "http.token_file FILE holds 15 bytes, want 16 or more, without spaces: openssl rand -hex 16 > FILE"},
		{"0123456789 abcdef\n", 0o600, "", "http.token_file FILE holds 17 bytes, want 16 or more, without spaces: openssl rand -hex 16 > FILE"},
		{"0123456789abcdeß\n", 0o600, "", "http.token_file FILE holds 17 bytes, want 16 or more, without spaces: openssl rand -hex 16 > FILE"},
		{"0123456789abcdef", 0o644, "", "http.token_file FILE can be read by others (mode 0644): chmod 600 FILE"},
		{"", 0o600, "", "http.token_file FILE holds 0 bytes, want 1 to 4096"},
	} {
		_ = os.Remove(file)
		if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		got, err := config.TokenFile(file).Read()
		text := ""
		if err != nil {
			text = strings.ReplaceAll(err.Error(), file, "FILE")
		}
		if got != c.want || text != c.err {
			t.Errorf("%q: got %q, %s; want %q, %s", c.text, got, text, c.want, c.err)
		}
	}
	if got, err := config.TokenFile("").Read(); got != "" || err != nil {
		t.Errorf("no file: %q, %v", got, err)
	}
}
