package cli_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/report"
)

// TestSelftestAlone refuses, where a daemon answers, what only a self-test without one can do.
func TestSelftestAlone(t *testing.T) {
	s := &control.Server{
		Path:   filepath.Join(t.TempDir(), "control.sock"),
		State:  func() report.State { return report.State{Device: "door"} },
		Logger: slog.New(slog.DiscardHandler),
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	config := file(t, "maskwarden.yaml", fmt.Sprintf("control: {socket: %q}\nstate_dir: %q\n", s.Path, t.TempDir()))
	for _, args := range [][]string{{"--deep"}, {"--only", "pack_hash"}, {"--seed", "7"}, {"--remember-view"}} {
		code, _, stderr := run(append([]string{"selftest", "--config", config}, args...)...)
		if code != 64 || !strings.Contains(stderr, args[0]+": a running daemon runs all checks that it can run next to its work") {
			t.Errorf("%q: exit code %d\n%s", args, code, stderr)
		}
	}
}
