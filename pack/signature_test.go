package pack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

func newKey(t *testing.T) minisign.PrivateKey {
	t.Helper()
	_, key, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(key minisign.PrivateKey) string { return key.Public().(minisign.PublicKey).String() }

func TestSignatureErrors(t *testing.T) {
	key, other := newKey(t), newKey(t)
	legacy := func(manifest []byte) []byte {
		return minisign.SignWithComments(key, manifest, "", "signature from minisign secret key")
	}
	altered := func(old, new string) func(string) error {
		return func(dir string) error {
			path := dir + "/manifest.json.minisig"
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600)
		}
	}
	const way = ": copy the pack again, or sign your own with `maskwarden pack sign <dir> --key FILE`"
	const at = "<dir>/manifest.json.minisig: "
	const manifest = "<dir>/manifest.json: it or its signature was altered after the key <key> signed it: copy the whole pack again"
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		key   minisign.PrivateKey // that is trusted
		want  string
	}{
		{"no signature", func(dir string) error { return os.Remove(dir + "/manifest.json.minisig") }, key,
			at + "no such file or directory: the pack is not signed: copy it again, or sign your own with `maskwarden pack sign <dir> --key FILE`"},
		{"empty", func(dir string) error { return os.Truncate(dir+"/manifest.json.minisig", 0) }, key, at + "minisign: invalid signature" + way},
		{"huge", func(dir string) error { return os.Truncate(dir+"/manifest.json.minisig", 1<<20) }, key,
			at + "larger than 4096 bytes: the pack is not signed: copy it again, or sign your own with `maskwarden pack sign <dir> --key FILE`"},
		{"unknown key", nil, other,
			at + "signed by the key <key>, want one of classifier.trusted_keys (<trusted>): add the signer's public key there, or give it with --trust, if you trust them"},
		{"manifest", func(dir string) error {
			packtest.Edit(t, dir, func(m map[string]any) { m["version"] = 4 })
			return nil
		}, key, manifest},
		{"trusted comment", altered("tiny version 3", "tiny version 4"), key, manifest},
		{"untrusted comment", altered("minisign secret", "minisign public"), key,
			at + `untrusted comment: "signature from minisign public key", want "signature from minisign secret key"` + way},
		{"carriage return", altered("key\n", "key\r\n"), key, at + "not as minisign writes it" + way},
		{"more lines", altered("==\n", "==\n\n"), key, at + "not as minisign writes it" + way},
		{"legacy", func(dir string) error {
			data, err := os.ReadFile(dir + "/manifest.json")
			if err != nil {
				return err
			}
			return os.WriteFile(dir+"/manifest.json.minisig", legacy(data), 0o600)
		}, key, at + "a legacy signature, want a prehashed one (minisign without -l)" + way},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := packtest.Copy(t, tiny)
			if _, err := pack.Sign(dir, key, pack.ForCamera); err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				if err := c.spoil(dir); err != nil {
					t.Fatal(err)
				}
			}
			want := strings.NewReplacer("<key>", pack.ID(key.ID()), "<trusted>", pack.ID(c.key.ID())).Replace(c.want)
			refused(t, dir, want, public(c.key))
		})
	}
}

// TestForgedKeyID: a key that calls itself by a trusted key's id signs nothing that is taken.
func TestForgedKeyID(t *testing.T) {
	dir := packtest.Copy(t, tiny)
	key := packtest.Sign(t, dir)
	packtest.Sign(t, dir)
	path := dir + "/manifest.json.minisig"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var forged minisign.Signature
	if err := forged.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	trusted, err := pack.PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	forged.KeyID = trusted.ID()
	if err := os.WriteFile(path, []byte(forged.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "<dir>/manifest.json: it or its signature was altered after the key "+pack.ID(trusted.ID())+" signed it: copy the whole pack again", key)
}

func TestTrustedKeys(t *testing.T) {
	dir := packtest.Copy(t, tiny)
	key := packtest.Sign(t, dir)
	p, err := pack.Open(dir, pack.Float32, []string{public(newKey(t)), key})
	if err != nil {
		t.Fatal(err)
	}
	if trusted, err := pack.PublicKey(key); err != nil || p.Signer != pack.ID(trusted.ID()) {
		t.Errorf("signed by %s, want %s (%v)", p.Signer, pack.ID(trusted.ID()), err)
	}
	for _, bad := range []string{"", "RW", key[1:], key + "\n", "untrusted comment: x\n" + key, strings.Replace(key, "RW", "RU", 1)} {
		if _, err := pack.PublicKey(bad); err == nil || !strings.Contains(err.Error(), "want 56 characters that begin with RW") {
			t.Errorf("key %q: got %v", bad, err)
		}
	}
	if _, err := pack.Open(dir, pack.Float32, []string{"x"}); err == nil || !strings.HasPrefix(err.Error(), `trusted key "x": not a minisign public key`) {
		t.Errorf("got %v", err)
	}
}

func TestKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "pack.key")
	made, err := pack.MakeKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
	}
	if read, err := pack.ReadKey(path); err != nil || !read.Equal(made) {
		t.Errorf("another key was read (%v)", err)
	}
	refuse := func(what string, err error, want string) {
		t.Helper()
		if err == nil || err.Error() != "key "+path+": "+want {
			t.Errorf("%s: got %v\nwant key %s: %s", what, err, path, want)
		}
	}
	_, err = pack.MakeKey(path)
	refuse("again", err, "exists: name another file, for a key that is lost cannot be made again")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = pack.ReadKey(path)
	refuse("open to others", err, "others may read or write it (mode 0640): chmod 600 "+path)
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = pack.ReadKey(path)
	refuse("text", err, "minisign: invalid private key, want one that `maskwarden pack keygen` or `minisign -G -W` wrote")
	text, err := made.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	encrypted := strings.Replace(string(text), "RWQAAEIy", "RWRTY0Iy", 1) // as minisign marks it: Ed, Sc (scrypt), B2
	if err := os.WriteFile(path, []byte(encrypted), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = pack.ReadKey(path)
	refuse("password", err, "it has a password: take it off with `minisign -C -W -s "+path+"`, or sign with minisign")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = pack.ReadKey(path)
	refuse("none", err, "no such file or directory: make one with `maskwarden pack keygen --out "+path+"`")
}

// TestStockMinisign: Debian's tool takes our signature, and we take its key and its signature.
func TestStockMinisign(t *testing.T) {
	minisign := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("minisign", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("minisign %v: %v (run `make setup-test`)\n%s", args, err, out)
		}
		return string(out)
	}
	dir, keys := packtest.Copy(t, tiny), t.TempDir()
	manifest, secret, pub := dir+"/manifest.json", keys+"/s", keys+"/p"

	key, err := pack.MakeKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Sign(dir, key, pack.ForCamera); err != nil {
		t.Fatal(err)
	}
	if out := minisign("-V", "-H", "-m", manifest, "-P", public(key)); !strings.Contains(out, "Trusted comment: tiny version 3, role camera") {
		t.Errorf("minisign says %s", out)
	}

	minisign("-G", "-W", "-f", "-s", secret, "-p", pub)
	minisign("-S", "-s", secret, "-m", manifest)
	key, err = pack.ReadKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Open(dir, pack.Float32, []string{public(key)}); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(pub)
	if err != nil || !strings.Contains(string(text), public(key)) {
		t.Errorf("its public key is %s (%v), want %s", text, err, public(key))
	}
}

// TestRole: the signature protects what a pack is for, and an unknown purpose is refused.
func TestRole(t *testing.T) {
	key := newKey(t)
	for _, c := range []struct {
		comment string
		role    pack.Role
		want    string
	}{
		{"tiny version 3, role camera", pack.ForCamera, ""},
		{"tiny version 3, role baseline", pack.Baseline, ""},
		{"timestamp:1700000000\tfile:manifest.json\thashed", pack.ForCamera, ""}, // of minisign itself
		{"tiny version 3, role gate", "", `role "gate", want one of [camera baseline]: take a release that knows it`},
		{"tiny version 3, role baseline, role camera", "", `role "baseline, role camera", want one of [camera baseline]: take a release that knows it`},
	} {
		dir := packtest.Copy(t, tiny)
		manifest, err := os.ReadFile(dir + "/manifest.json")
		if err != nil {
			t.Fatal(err)
		}
		signature, err := pack.Signature(key, manifest, c.comment, "signature from minisign secret key")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/manifest.json.minisig", signature, 0o600); err != nil {
			t.Fatal(err)
		}
		if c.want != "" {
			refused(t, dir, "<dir>/manifest.json.minisig: "+c.want, public(key))
			continue
		}
		if p, err := pack.Open(dir, pack.Float32, []string{public(key)}); err != nil || p.Role != c.role {
			t.Errorf("%s: got %v, want %s", c.comment, err, c.role)
		}
	}
	dir := packtest.Copy(t, tiny)
	if _, err := pack.Sign(dir, key, pack.Baseline); err != nil {
		t.Fatal(err)
	}
	path := dir + "/manifest.json.minisig"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "role baseline", "role camera", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "<dir>/manifest.json: it or its signature was altered after the key "+pack.ID(key.ID())+" signed it: copy the whole pack again", public(key))
}
