package signature_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest/signature"
)

const result = `{"result": "pass"}`

func signed(t *testing.T, dir string) *signature.Signature {
	t.Helper()
	key, err := signature.Key(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signature.Sign(key, "cam-7", []byte(result))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKey keeps the key that a unit has, for its owner alone.
func TestKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first, second := signed(t, dir), signed(t, dir)
	if first.Key != second.Key {
		t.Errorf("two keys for one unit: %s, %s", first.Key, second.Key)
	}
	if other := signed(t, t.TempDir()); other.Key == first.Key {
		t.Error("two units have one key")
	}
	path := filepath.Join(dir, signature.File)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(t.TempDir(), signature.File)
	if err := os.Symlink(path, linked); err != nil {
		t.Fatal(err)
	}
	if _, err := signature.Key(filepath.Dir(linked)); err == nil || err.Error() != "key "+linked+": a symbolic link: remove it" {
		t.Errorf("a link to another's key: got %v", err)
	}
	if _, err := signature.Key(dir); err == nil || err.Error() != "key "+path+": others may read or write it (mode 0644): chmod 600 "+path {
		t.Errorf("got %v", err)
	}
}

func TestVerify(t *testing.T) {
	s, other := signed(t, t.TempDir()), signed(t, t.TempDir())
	key, err := pack.PublicKey(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	altered := "the key " + pack.ID(key.ID()) + " did not sign this: it or its signature was altered, or an older release signed its result alone"
	for _, c := range []struct{ name, key, signature, text, want string }{
		{"whole", s.Key, s.Signature, result, ""},
		{"altered text", s.Key, s.Signature, `{"result": "fail"}`, altered},
		{"altered device", s.Key, strings.Replace(s.Signature, "cam-7", "cam-8", 1), result, altered},
		{"another's signature", s.Key, other.Signature, result, altered},
		{"altered first line", s.Key, strings.Replace(s.Signature, "a self-test", "no self-test", 1), result, altered},
		{"one more line", s.Key, s.Signature + "\n", result, altered},
		{"no signature", s.Key, "", result, altered},
		{"no key", "", s.Signature, result, `key "": not a minisign public key, want 56 characters that begin with RW, as ` + "`maskwarden pack keygen` prints them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := (&signature.Signature{Key: c.key, Signature: c.signature}).Verify([]byte(c.text)); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestMinisign has the original program verify what was signed here.
func TestMinisign(t *testing.T) {
	s, dir := signed(t, t.TempDir()), t.TempDir()
	for name, text := range map[string]string{"result.json": result, "result.json.minisig": s.Signature} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verify := exec.Command("minisign", "-V", "-P", s.Key, "-m", filepath.Join(dir, "result.json"))
	if out, err := verify.CombinedOutput(); err != nil || !strings.Contains(string(out), "self-test of cam-7") {
		t.Errorf("%v\n%s", err, out)
	}
}
