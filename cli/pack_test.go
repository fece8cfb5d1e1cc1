package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

const tiny = "../pack/testdata/tiny"

// publicKey finds a public key that stands alone in what a command printed.
func publicKey(t *testing.T, stdout string) string {
	t.Helper()
	key := regexp.MustCompile(`(?m)^RW[A-Za-z0-9+/]{54}$`).FindString(stdout)
	if key == "" {
		t.Fatalf("no public key in %s", stdout)
	}
	return key
}

// TestPackLife makes a key, signs a pack with it, verifies it and judges with it.
func TestPackLife(t *testing.T) {
	dir, key := packtest.Copy(t, tiny), filepath.Join(t.TempDir(), "pack.key")
	code, _, stderr := run("pack", "sign", dir, "--key", key)
	if code != 66 || !strings.Contains(stderr, "make one with `maskwarden pack keygen --out "+key+"`") {
		t.Fatalf("signing without a key: exit code %d: %s", code, stderr)
	}
	code, stdout, stderr := run("pack", "keygen", "--out", key)
	public := publicKey(t, stdout)
	if info, err := os.Stat(key); code != 0 || err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("exit code %d, mode %v (%v): %s", code, info.Mode(), err, stderr)
	}
	if code, _, stderr = run("pack", "keygen", "--out", key); code != 1 || !strings.Contains(stderr, "exists") {
		t.Errorf("a key was overwritten: exit code %d: %s", code, stderr)
	}
	for _, args := range [][]string{
		{"pack", "verify", dir, "--trust", public},
		{"evaluate", "--faces", ".", "--pack", dir, "--trust", public},
	} {
		if code, _, stderr = run(args...); code != 78 || !strings.Contains(stderr, dir+"/manifest.json.minisig: no such file") {
			t.Errorf("%v without a signature: exit code %d: %s", args, code, stderr)
		}
	}
	code, stdout, stderr = run("pack", "sign", dir, "--key", key, "--make-key")
	if code != 0 || publicKey(t, stdout) != public {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = run("pack", "verify", dir, "--trust", config.ShippedKey, "--trust", public, "--json")
	var v struct {
		ID, Name, Signer                string
		Version, Golden, Patches, Files int
		Models                          map[string]string
	}
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v in %s%s", code, err, stdout, stderr)
	}
	if v.Name != "tiny" || v.Version != 3 || v.Golden != 5 || v.Patches != 1 || v.Files != 5 || len(v.Models["int8"]) != 64 || len(v.Signer) != 16 {
		t.Errorf("got %s", stdout)
	}
	code, stdout, _ = run("pack", "verify", dir, "--trust", public)
	if want := dir + ": tiny version 3, whole, signed by the trusted key " + v.Signer + "\n"; code != 0 || !strings.HasPrefix(stdout, want) {
		t.Errorf("got %s, want %s…", stdout, want)
	}
	code, stdout, stderr = run("classify", "--json", "--pack", dir, "--trust", public, "../share/maskwarden/astronaut.png")
	if code != 0 || !strings.Contains(stdout, `"model":"`+v.ID+`"`) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestMakeKey(t *testing.T) {
	dir, key := packtest.Copy(t, tiny), filepath.Join(t.TempDir(), "keys", "pack.key")
	code, stdout, stderr := run("pack", "sign", dir, "--key", key, "--make-key")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr = run("pack", "verify", dir, "--trust", publicKey(t, stdout)); code != 0 {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestRefusedPacks(t *testing.T) {
	shipped := filepath.Join("..", config.Default().Classifier.Pack)
	signed := packtest.Copy(t, tiny)
	packtest.Sign(t, signed)
	edited := packtest.Copy(t, shipped)
	packtest.Edit(t, edited, func(m map[string]any) { m["version"] = 1_000_000 })
	wrong := packtest.Copy(t, tiny)
	packtest.Edit(t, wrong, func(m map[string]any) { m["format"] = 1 })
	answers := packtest.Copy(t, tiny) // whole and signed, but its model does not answer as the manifest says
	packtest.Edit(t, answers, func(m map[string]any) {
		m["golden"].([]any)[0].(map[string]any)["logits"].(map[string]any)["float32"].([]any)[0] = 9.0
	})
	answersKey := packtest.Sign(t, answers)
	int8Answers := packtest.Copy(t, tiny)
	packtest.Edit(t, int8Answers, func(m map[string]any) {
		m["golden"].([]any)[1].(map[string]any)["logits"].(map[string]any)["int8"].([]any)[2] = 9.0
	})
	const wrongAnswers = "wrong answers: tiny@3:"
	key := filepath.Join(t.TempDir(), "pack.key")
	if code, _, stderr := run("pack", "keygen", "--out", key); code != 0 {
		t.Fatal(stderr)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"shipped", []string{"pack", "verify", shipped}, 0, ""},
		{"unknown signer", []string{"pack", "verify", signed}, 78, "classifier.trusted_keys"},
		{"other key trusted", []string{"pack", "verify", shipped, "--trust", "RWTAI2pkexWNGx+KEhLiqdGQPjNaduF9pXZZH0kddNSCtTJXcDi58ng3"}, 78, "classifier.trusted_keys"},
		{"edited", []string{"pack", "verify", edited}, 78, "altered after the key"},
		{"no pack", []string{"pack", "verify", "nowhere"}, 78, "model pack nowhere"},
		{"no key", []string{"pack", "verify", shipped, "--trust", "me"}, 64, "--trust: want a minisign public key"},
		{"classify unknown signer", []string{"classify", "--pack", signed, "x.jpg"}, 78, "classifier.trusted_keys"},
		{"bench unknown signer", []string{"bench", "--source", "x.mp4", "--pack", signed}, 78, "classifier.trusted_keys"},
		{"classify wrong answers", []string{"classify", "--pack", answers, "--trust", answersKey, "../share/maskwarden/astronaut.png"}, 78, wrongAnswers},
		{"evaluate wrong answers", []string{"evaluate", "--faces", ".", "--pack", answers, "--trust", answersKey}, 78, wrongAnswers},
		{"bench wrong answers", []string{"bench", "--source", "x.mp4", "--pack", answers, "--trust", answersKey}, 78, wrongAnswers},
		{"sign wrong answers", []string{"pack", "sign", answers, "--key", key}, 78, "not signed: " + answers + ": " + wrongAnswers},
		{"sign wrong answers of int8", []string{"pack", "sign", int8Answers, "--key", key}, 78, wrongAnswers},
		{"classify the baseline", []string{"classify", "--pack", "../models/base", "x.jpg"}, 78, "was signed as a baseline by the key"},
		{"sign a wrong one", []string{"pack", "sign", wrong, "--key", key}, 78, "format: 1, want 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if code, _, stderr := run(c.args...); code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, want %d and %q in:\n%s", code, c.code, c.want, stderr)
			}
		})
	}
}
