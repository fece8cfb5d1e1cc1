package textfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/textfile"
)

// FuzzSecret: any file is a secret of 1 to 4096 bytes that stands in it, or an error that does not hold it.
func FuzzSecret(f *testing.F) {
	for _, text := range []string{"secret\r\n", "\xef\xbb\xbfx", "\xef\xbb\xbf", "\n", "", "\xff\xfea\x00\n\x00", "\xfe\xff\xd8\x00a", "a\x00b\n\n", strings.Repeat("x", textfile.MaxSecret+2)} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		secret, err := textfile.Secret("key", path)
		text = textfile.Trim(text)
		switch {
		case err != nil && (secret != "" || !strings.HasPrefix(err.Error(), "key "+path+" holds ")):
			t.Fatalf("%q: %q, %v", text, secret, err)
		case err == nil && (secret == "" || len(secret) > textfile.MaxSecret || !strings.Contains(string(text), secret)):
			t.Fatalf("%q gives %q", text, secret)
		case err == nil && len(text) > len("\xef\xbb\xbf")+len(secret)+len("\r\n"):
			t.Fatalf("%q loses more than its ends: %q", text, secret)
		}
	})
}
