// Package packtest makes signed copies of packs for tests.
package packtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/pack"
)

// Copy returns the folder of a copy of a pack.
func Copy(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Sign signs a pack's manifest, whatever it says, with a new key, and returns the public key.
func Sign(t testing.TB, dir string) string {
	t.Helper()
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := minisign.NewReader(bytes.NewReader(manifest))
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "manifest.json.minisig", r.SignWithComments(private, "", "signature from minisign secret key"))
	return public.String()
}

// Open opens a signed copy of a pack with the model of a kind.
func Open(t testing.TB, dir string, kind pack.Kind) *pack.Pack {
	t.Helper()
	dir = Copy(t, dir)
	p, err := pack.Open(dir, kind, []string{Sign(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Edit lets change edit a pack's manifest.
func Edit(t testing.TB, dir string, change func(manifest map[string]any)) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	change(manifest)
	if data, err = json.Marshal(manifest); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "manifest.json", data)
}

// Put writes a file into a pack, and its hash into the manifest.
func Put(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	write(t, dir, name, data)
	sum := sha256.Sum256(data)
	Edit(t, dir, func(manifest map[string]any) {
		manifest["files"].(map[string]any)[name] = hex.EncodeToString(sum[:])
	})
}

func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
