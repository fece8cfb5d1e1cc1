package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

const tiny = "../pack/testdata/tiny"

// TestPackIsTrustedAndNoOldOne starts the daemon with packs and keys that it must refuse, or label nobody with, and reads
// what it remembers.
func TestPackIsTrustedAndNoOldOne(t *testing.T) {
	good := packtest.Copy(t, tiny)
	key := packtest.Sign(t, good)
	old := packtest.Copy(t, tiny)
	packtest.Edit(t, old, func(m map[string]any) { m["version"] = 2 })
	oldKey := packtest.Sign(t, old)
	wrong := packtest.Copy(t, tiny)
	packtest.Edit(t, wrong, func(m map[string]any) {
		m["version"] = 4
		m["golden"].([]any)[0].(map[string]any)["logits"].(map[string]any)["int8"].([]any)[0] = 9.0
	})
	wrongKey := packtest.Sign(t, wrong)
	state := t.TempDir()
	record := filepath.Join(state, "newest-tiny")
	const unproved = "model_answers"
	damaged := "state_dir: " + record + " is damaged"
	run := func(pack, key, model, want string) {
		t.Helper()
		u := start(t, fmt.Sprintf("state_dir: %q\nclassifier: {pack: %q, name: tiny, min_version: 1, trusted_keys: [%s], model: %s}\ncameras: [{name: a, source: %q}]",
			state, pack, key, model, "file://"+assets+"/astronaut.png"))
		select {
		case err := <-u.done:
			if h := u.State().Health; want == unproved {
				if err != nil || h.State != "fail_safe" || !h.Alarm || !strings.Contains(h.Reason, want) {
					t.Errorf("got %v, health %+v", err, h)
				}
				return
			}
			if want == damaged {
				if reasons := u.State().Reasons; err != nil || !slices.ContainsFunc(reasons, func(r string) bool { return strings.HasPrefix(r, want) }) {
					t.Errorf("got %v, reasons %q, want %s", err, reasons, want)
				}
				return
			}
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got %v, want %q", err, want)
			}
		case <-time.After(patience):
			t.Fatal("a picture has an end, but the daemon has none")
		}
	}
	remembers := func(want string) {
		t.Helper()
		if text, err := os.ReadFile(record); err != nil || !strings.HasPrefix(string(text), want) {
			t.Errorf("the record is %q (%v), want %s…", text, err, want)
		}
	}
	run(good, config.ShippedKey, "float32", "want one of classifier.trusted_keys (")
	run(wrong, wrongKey, "int8", unproved)
	if _, err := os.Stat(record); err == nil {
		t.Error("a pack that failed its self-test is remembered")
	}
	run(old, oldKey, "float32", "")
	remembers("version 2 ")
	run(good, key, "int8", "")
	remembers("version 3 ")
	run(wrong, wrongKey, "int8", unproved)
	remembers("version 3 ")
	run(old, oldKey, "float32", "version 2 of tiny, but version 3 has run here: take that or a newer one; to go back on purpose, delete "+record)
	if err := os.Truncate(record, 4); err != nil {
		t.Fatal(err)
	}
	run(good, key, "float32", damaged)
	if text, err := os.ReadFile(record); err != nil || string(text) != "vers" {
		t.Errorf("the damaged record was overwritten: %q (%v)", text, err)
	}
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	run(old, oldKey, "float16", "")
	remembers("version 2 ")
}
