package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
)

// at is what a state folder remembers when version of the pack lobby is to run.
func at(dir string, version int) *rollbackGuard {
	return &rollbackGuard{dir: dir, pack: &pack.Pack{Dir: "packs/lobby", Manifest: pack.Manifest{Name: "lobby", Version: version}}}
}

// verify is what the daemon does at its start, with an unknown version as an error.
func (g *rollbackGuard) verify() error {
	ran, err := g.version()
	if err != nil {
		return err
	}
	return g.check(ran)
}

func TestRollbackGuardOnlyGrows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state") // made when it is needed
	for _, step := range []struct {
		version int
		refused bool
	}{{2, false}, {2, false}, {1, true}, {9, false}, {8, true}, {10, false}, {9, true}, {10, false}} {
		n := at(dir, step.version)
		err := n.verify()
		if (err != nil) != step.refused {
			t.Fatalf("version %d: %v, want a refusal: %t", step.version, err, step.refused)
		}
		if err == nil {
			if err := n.raise(); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := "classifier.pack: packs/lobby: version 9 of lobby, but version 10 has run here: take that or a newer one; to go back on purpose, delete " + dir + "/newest-lobby"
	if err := at(dir, 9).verify(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := at(dir, 9).raise(); err != nil { // must not lower it
		t.Error(err)
	}
	if version, err := at(dir, 9).version(); version != 10 || err != nil {
		t.Errorf("remembers %d (%v), want 10", version, err)
	}
	if err := (&rollbackGuard{dir, &pack.Pack{Manifest: pack.Manifest{Name: "door", Version: 1}}}).verify(); err != nil {
		t.Errorf("another pack has versions of its own, but %v", err)
	}
	files, err := filepath.Glob(dir + "/*")
	if err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v (%v), want one file", files, err)
	}
	if err := os.Remove(dir + "/newest-lobby"); err != nil {
		t.Fatal(err)
	}
	if err := at(dir, 1).verify(); err != nil {
		t.Errorf("once deleted, it is %v", err)
	}
}

// TestRollbackGuardIsNotReset: a record that is not what was written is neither believed nor overwritten, whichever byte is wrong.
func TestRollbackGuardIsNotReset(t *testing.T) {
	dir := t.TempDir()
	n := at(dir, 12)
	if err := n.raise(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(n.path())
	if err != nil {
		t.Fatal(err)
	}
	want := "state_dir: " + n.path() + " is damaged, so which version of the pack has run is not known: make sure that packs/lobby is no old one, then delete that file"
	bad := []string{"", "version 0 00000000\n", "version -1\n", strings.ToUpper(string(good)), string(good) + "\n", " " + string(good)}
	for i := range good {
		for bit := range 8 {
			b := []byte(string(good))
			b[i] ^= 1 << bit
			bad = append(bad, string(b), string(good[:i]))
		}
	}
	for _, text := range bad {
		if err := os.WriteFile(n.path(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := n.verify(); err == nil || err.Error() != want {
			t.Errorf("%q: got  %v\nwant %s", text, err, want)
		}
		if err := n.raise(); err == nil {
			t.Errorf("%q was overwritten", text)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "newest-door"), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&rollbackGuard{dir, &pack.Pack{Manifest: pack.Manifest{Name: "door", Version: 12}}}).verify(); err == nil {
		t.Error("another pack's record was taken")
	}
}

func TestRollbackGuardCannotWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := "state_dir: open " + dir + "/newest-lobby: not a directory"
	if err := at(dir, 1).verify(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	n := at("/proc/nowhere", 1)
	want = "state_dir: cannot remember the pack's version: mkdir /proc/nowhere: no such file or directory: name a folder that can be written"
	if err := n.raise(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestRollbackRecordIsAPipe: a pipe to which nobody writes does not hold up the start, and is no record.
func TestRollbackRecordIsAPipe(t *testing.T) {
	n := at(t.TempDir(), 12)
	if err := syscall.Mkfifo(n.path(), 0o600); err != nil {
		t.Fatal(err)
	}
	if version, err := n.version(); version != 0 || err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("version %d, %v", version, err)
	}
}
