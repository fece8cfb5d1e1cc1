package cli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSelftestByRoot has root test a unit whose state folder belongs to the daemon's user. Run by another user, the folder is his own.
func TestSelftestByRoot(t *testing.T) {
	dir, state := t.TempDir(), filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	owner := os.Geteuid()
	if owner == 0 {
		owner = 65534
		if err := os.Chown(state, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	config, report, stranger := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "report.html"), filepath.Join(dir, "stranger")
	text := "state_dir: " + state + "\nmqtt: {broker: \"mqtt://127.0.0.1:1\"}\ncameras: [{name: a, source: \"synthetic://\"}]\n"
	for path, text := range map[string]string{config: text, stranger: "untouched"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(stranger, filepath.Join(state, "view-a.png")); err != nil {
		t.Fatal(err)
	}
	args := []string{"selftest", "--config", config, "--remember-view", "--html", report, "--only", "camera_*", "--only", "spool", "--only", "patch_accuracy"}
	code, stdout, stderr := run(args...)
	if code == 78 || !strings.Contains(stdout, "spool") {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	names := map[string]bool{}
	err := filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if uid := info.Sys().(*syscall.Stat_t).Uid; int(uid) != owner || info.Mode()&fs.ModeSymlink != 0 {
			t.Errorf("%s: %v of the user %d, want one of %d", path, info.Mode(), uid, owner)
		}
		names[d.Name()] = true
		return nil
	})
	if err != nil || !names["unit.key"] || !names["view-a.png"] {
		t.Errorf("%v, the folder holds %v", err, names)
	}
	if left, err := os.ReadFile(stranger); err != nil || string(left) != "untouched" {
		t.Errorf("a link was followed: %q (%v)", left, err)
	}
	if info, err := os.Stat(report); err != nil || info.Mode() != 0o600 {
		t.Errorf("a report with pictures: %v (%v)", info.Mode(), err)
	}
}
