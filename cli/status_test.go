package cli_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/report"
)

// TestStatusOfTheRunningDaemon asks a real one before, while and after it runs.
func TestStatusOfTheRunningDaemon(t *testing.T) {
	dir := t.TempDir()
	config := file(t, "maskwarden.yaml", fmt.Sprintf(`
device: cam-7
state_dir: %q
cameras: [{name: door, source: "synthetic://?people=1"}]
http: {listen: ""}
`, dir))
	code, _, stderr := run("status", "--config", config)
	if code != 69 || !strings.Contains(stderr, "no daemon answers: dial unix "+dir+"/control.sock: ") || !strings.Contains(stderr, "Try: systemctl status maskwarden") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	daemon := program(t, "run", "--config", config)
	listen(t, daemon)
	var stdout string
	until(t, "it is operational", func() bool {
		code, stdout, stderr = run("status", "--config", config)
		return code == 0
	})
	for _, want := range []string{"cam-7", "operational since ", "pass at ", "(start), 0 of 22 checks failed", "camera door", "events waiting"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("want %q in:\n%s", want, stdout)
		}
	}
	code, stdout, stderr = run("status", "--socket", filepath.Join(dir, "control.sock"), "--json")
	var s report.State
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || code != 0 || s.Health.State != "operational" || s.Schema != report.StateSchema {
		t.Errorf("exit code %d, %v in %s%s", code, err, stdout, stderr)
	}
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "control.sock")); err == nil {
		t.Error("the socket is still there")
	}
}

// TestStatusExitCodes gives each state of health its code and words, through a real socket.
func TestStatusExitCodes(t *testing.T) {
	since := time.Date(2026, 11, 25, 3, 30, 0, 0, time.Local)
	for _, c := range []struct {
		health report.Health
		code   int
		stderr string
		stdout []string
	}{
		{report.Health{State: "init", Since: since}, 75, "Error: door is still testing itself\nTry: ask again in a minute\n", []string{"init since 2026-11-25 03:30:00"}},
		{report.Health{State: "selftest", Since: since}, 75, "Error: door is still testing itself\nTry: ask again in a minute\n", []string{"selftest since"}},
		{report.Health{State: "operational", Since: since, SelfTest: &report.SelfTest{Time: since, Why: "night", Result: "pass", Checks: 9, Seconds: 1.25}}, 0, "",
			[]string{"operational since", "pass at 2026-11-25 03:30:00 (night), 0 of 9 checks failed, 1.2 s"}},
		{report.Health{State: "degraded", Reason: "self-test disk: full", Since: since}, 4, "Error: door is degraded: self-test disk: full\nTry: mend what is named\n", []string{"degraded since", "why", "self-test disk: full", "amiss", "mqtt: away"}},
		{report.Health{State: "fail_safe", Reason: "self-test model_answers: wrong", Since: since, Alarm: true}, 3,
			"Error: door judges nobody: self-test model_answers: wrong\nTry: mend what is named, then start a self-test: only that ends the alarm\n", []string{"fail_safe since"}},
	} {
		s := &control.Server{
			Path: filepath.Join(t.TempDir(), "control.sock"),
			State: func() report.State {
				return report.State{Device: "door", Status: report.OK, Health: c.health, Reasons: []string{"self-test disk: full", "mqtt: away"}}
			},
			Logger: slog.New(slog.DiscardHandler),
		}
		if err := s.Initialize(); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := run("status", "--socket", s.Path)
		if code != c.code || stderr != c.stderr {
			t.Errorf("%s: exit code %d, %s; want %d, %s", c.health.State, code, stderr, c.code, c.stderr)
		}
		if n := strings.Count(stdout, "self-test disk: full"); n != 1 {
			t.Errorf("%s: what is amiss stands there %d times:\n%s", c.health.State, n, stdout)
		}
		for _, want := range c.stdout {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: want %q in:\n%s", c.health.State, want, stdout)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
