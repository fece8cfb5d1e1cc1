package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// TestSelftestThroughTheDaemon shows that the report names the daemon's seed: who repeats the test draws the same.
func TestSelftestThroughTheDaemon(t *testing.T) {
	s := &control.Server{
		Path:   filepath.Join(t.TempDir(), "control.sock"),
		State:  func() report.State { return report.State{Device: "door"} },
		Checks: []string{"disk"},
		SelfTest: func(_ context.Context, each func(selftest.Result)) (control.Outcome, error) {
			r := selftest.Result{Name: "disk", Result: selftest.Pass}
			each(r)
			return control.Outcome{Seed: 4711, Summary: selftest.Summarize([]selftest.Result{r})}, nil
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	config := file(t, "maskwarden.yaml", fmt.Sprintf("control: {socket: %q}\nstate_dir: %q\n", s.Path, t.TempDir()))
	code, stdout, stderr := run("selftest", "--config", config, "--json")
	var r selftest.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != 0 || r.Seed != 4711 || r.Result != selftest.Pass {
		t.Errorf("exit code %d, %v: got seed %d, %s; want 4711, pass\n%s%s", code, err, r.Seed, r.Result, stdout, stderr)
	}
}
