package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aead.dev/minisign"
	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

// signer signs packs with one key.
type signer struct {
	public  string
	private minisign.PrivateKey
}

func newSigner(t *testing.T) signer {
	t.Helper()
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return signer{public.String(), private}
}

// pack makes a signed copy of the tiny pack with another version.
func (s signer) pack(t *testing.T, version int, role pack.Role) string {
	t.Helper()
	dir := packtest.Copy(t, tiny)
	packtest.Edit(t, dir, func(m map[string]any) { m["version"] = version })
	if _, err := pack.Sign(dir, s.private, role); err != nil {
		t.Fatal(err)
	}
	return dir
}

// replace puts a copy of one folder in place of another, none where from is empty.
func replace(t *testing.T, dir, from string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if from == "" {
		return
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// halfCopied puts a pack that is still being copied into a folder.
func halfCopied(t *testing.T, dir, from string) {
	t.Helper()
	replace(t, dir, from)
	if err := os.Remove(filepath.Join(dir, "model.tflite")); err != nil {
		t.Fatal(err)
	}
}

// unattended starts a daemon as maskwarden run does.
func unattended(t *testing.T, state, dir string, s signer, more string) *unit {
	t.Helper()
	return begin(t, fmt.Sprintf("state_dir: %q\nclassifier: {pack: %q, name: tiny, min_version: 3, trusted_keys: [%s]}\ncameras: [{name: a, source: %q}]\n%s",
		state, dir, s.public, small, more), func(d *daemon.Daemon) { d.Unattended = true })
}

func (u *unit) reasons() string { return strings.Join(u.State().Reasons, "\n") }

// judges says whether the configured pack judges frames, and nothing is said against it.
func (u *unit) judges(model string) bool {
	s := u.State()
	return strings.HasPrefix(s.Model, model) && s.Cameras[0].Frames > 0 && (s.Health.State == "operational" || s.Health.State == "degraded") &&
		!slices.ContainsFunc(s.Reasons, func(r string) bool { return strings.HasPrefix(r, "pack: ") })
}

// damages are what makes a pack one that is refused: each gives the folder that is found at the next start.
func damages(t *testing.T, s signer) map[string]func(dir string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string]func(dir string){
		"folder gone":       func(dir string) { replace(t, dir, "") },
		"manifest gone":     func(dir string) { must(os.Remove(filepath.Join(dir, pack.ManifestName))) },
		"manifest empty":    func(dir string) { must(os.Truncate(filepath.Join(dir, pack.ManifestName), 0)) },
		"signature gone":    func(dir string) { must(os.Remove(filepath.Join(dir, pack.SignatureName))) },
		"signature cut":     func(dir string) { must(os.Truncate(filepath.Join(dir, pack.SignatureName), 40)) },
		"another's key":     func(dir string) { packtest.Sign(t, dir) },
		"model gone":        func(dir string) { must(os.Remove(filepath.Join(dir, "model.tflite"))) },
		"model cut":         func(dir string) { must(os.Truncate(filepath.Join(dir, "model.tflite"), 1000)) },
		"a file too many":   func(dir string) { must(os.WriteFile(filepath.Join(dir, "rsync.part"), nil, 0o600)) },
		"a baseline":        func(dir string) { replace(t, dir, s.pack(t, 4, pack.Baseline)) },
		"too old":           func(dir string) { replace(t, dir, s.pack(t, 2, pack.ForCamera)) },
		"a file for folder": func(dir string) { replace(t, dir, ""); must(os.WriteFile(dir, nil, 0o600)) },
		"another name": func(dir string) {
			packtest.Edit(t, dir, func(m map[string]any) { m["name"] = "door" })
			_, err := pack.Sign(dir, s.private, pack.ForCamera)
			must(err)
		},
		"wrong answers": func(dir string) {
			packtest.Edit(t, dir, func(m map[string]any) {
				m["version"] = 4
				m["golden"].([]any)[0].(map[string]any)["logits"].(map[string]any)["float32"].([]any)[0] = 9.0
			})
			_, err := pack.Sign(dir, s.private, pack.ForCamera)
			must(err)
		},
	}
}

// copies are the copies of packs in a state folder.
func copies(state string) []string {
	found, _ := filepath.Glob(filepath.Join(state, "last-pack-*"))
	return found
}

// runOnce runs a pack until a copy is kept, ends the daemon and leaves nothing but record and copy.
func runOnce(t *testing.T, state, dir string, s signer) (model string) {
	t.Helper()
	u := unattended(t, state, dir, s, "")
	<-u.ready
	until(t, "a copy is kept", func() bool { return len(copies(state)) == 1 })
	model = u.State().Model
	u.stop(t)
	if err := os.RemoveAll(filepath.Join(state, "control.sock")); err != nil {
		t.Fatal(err)
	}
	return model
}

// TestTheLastGoodPackRuns damages the configured pack in every way, one after the other, and mends it while the daemon runs.
func TestTheLastGoodPackRuns(t *testing.T) {
	s := newSigner(t)
	good, ran := s.pack(t, 3, pack.ForCamera), filepath.Join(t.TempDir(), "ran")
	model := runOnce(t, ran, good, s)
	for name, damage := range damages(t, s) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, dir := filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "tiny")
			replace(t, dir, good)
			replace(t, state, ran)
			damage(dir)
			u := unattended(t, state, dir, s, "")
			<-u.ready
			if s := u.State(); s.Model != model || s.Status != "degraded" || s.Health.State == "fail_safe" {
				t.Errorf("state %s, health %s, model %s: want degraded with %s", s.Status, s.Health.State, s.Model, model)
			}
			want := "; " + model + " runs, the last that passed"
			if got := u.reasons(); !strings.HasPrefix(got, "pack: ") || !strings.Contains(got, dir) || !strings.Contains(got, want) {
				t.Errorf("reasons %q, want pack: … %s …%s", got, dir, want)
			}
			replace(t, dir, good)
			until(t, "the configured pack runs", func() bool { return u.judges(model) })
			u.stop(t)
			if n := len(copies(state)); n != 1 {
				t.Errorf("%d copies, want 1", n)
			}
		})
	}
}

// TestHalfAPackIsWaitedFor: without a last good pack the daemon is up, judges nobody and says why, until the pack is whole.
func TestHalfAPackIsWaitedFor(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := newSigner(t)
	dir, whole := filepath.Join(t.TempDir(), "tiny"), s.pack(t, 3, pack.ForCamera)
	halfCopied(t, dir, whole)
	address := free(t)
	u := unattended(t, t.TempDir(), dir, s, fmt.Sprintf("http: {listen: %q}", address))
	until(t, "it says why", func() bool { return strings.Contains(u.reasons(), dir) })
	if s := u.State(); s.Health.State != "fail_safe" || !s.Health.Alarm || s.Status != "degraded" || s.Model != "" {
		t.Errorf("state %+v", s)
	}
	until(t, "the page is there", func() bool { return strings.Contains(get(t, "http://"+address+"/livez"), `"ok"`) })
	c, err := control.Dial(t.Context(), u.Config.ControlSocket())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.SelfTest(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "there is nothing to test: self-test pack_signature: ") {
		t.Errorf("a self-test without a pack: %v", err)
	}
	_ = c.Close()
	replace(t, dir, whole)
	until(t, "the pack runs", func() bool { return u.judges("tiny@3:") })
	u.stop(t)
}

// TestOnlyAGoodCopyRuns: the copy is verified as every pack is, and one that is older than what has run is not taken.
func TestOnlyAGoodCopyRuns(t *testing.T) {
	s := newSigner(t)
	good := s.pack(t, 3, pack.ForCamera)
	ran, newer := filepath.Join(t.TempDir(), "ran"), filepath.Join(t.TempDir(), "newer")
	runOnce(t, ran, good, s)
	runOnce(t, newer, s.pack(t, 4, pack.ForCamera), s)
	for name, spoil := range map[string]func(state, copied string){
		"altered": func(_, copied string) {
			path := filepath.Join(copied, "model.tflite")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 1
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"unsigned": func(_, copied string) {
			if err := os.Remove(filepath.Join(copied, pack.SignatureName)); err != nil {
				t.Fatal(err)
			}
		},
		"signed by another": func(_, copied string) { packtest.Sign(t, copied) },
		"a baseline":        func(_, copied string) { replace(t, copied, s.pack(t, 4, pack.Baseline)) },
		"rolled back": func(state, _ string) {
			record, err := os.ReadFile(filepath.Join(newer, "newest-tiny"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(state, "newest-tiny"), record, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			state, dir := filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "tiny")
			replace(t, state, ran)
			halfCopied(t, dir, good)
			spoil(state, copies(state)[0])
			u := unattended(t, state, dir, s, "")
			until(t, "nobody is judged", func() bool { return u.State().Health.State == "fail_safe" })
			if s := u.State(); s.Model != "" || !strings.Contains(u.reasons(), dir) {
				t.Errorf("state %+v", s)
			}
			u.stop(t)
		})
	}
}
