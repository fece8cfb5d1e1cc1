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
	for _, want := range []string{"cam-7", "operational since ", "pass at ", "(start), 30 checks in ", "camera door", "events waiting"} {
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

// since is when everything in these tests began.
var since = time.Date(2026, 11, 25, 3, 30, 0, 0, time.Local)

// dark and disk are reasons, as a daemon gives them.
var (
	dark = report.Reason{
		Subject: report.SelfTestSubject, Check: "camera_dark:door", Finding: "brightness 4, limit at least 12 of 255",
		Quantity: "brightness", Value: 4, Limit: 12, Bound: "at_least", Unit: "of 255", Hint: "switch on a light", Since: since.Add(-time.Hour),
	}
	hall = report.Reason{Subject: report.CameraSubject("hall"), Finding: "no picture for 5s", Since: since}
)

// state is a daemon's state with its health.
func state(name string, reasons ...report.Reason) report.State {
	s := report.State{
		Device: "cam-7", Version: "1.2.3", Status: report.OK, Model: "robust@1.0.0:0badc0de", Uptime: 4000.4,
		Cameras: []report.Camera{{Name: "door", Status: report.OK, Since: since, FPS: 24.94, Frames: 4711, Dropped: 3, People: 2}},
		Health:  report.Health{State: name, Since: since},
		Reasons: report.Texts(reasons),
	}
	s.Health.Explain(reasons)
	return s
}

// ask runs maskwarden status against a daemon with a state, through a real socket.
func ask(t *testing.T, s report.State, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	server := &control.Server{
		Path: filepath.Join(t.TempDir(), "control.sock"), State: func() report.State { return s }, Logger: slog.New(slog.DiscardHandler),
	}
	if err := server.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	return run(append([]string{"status", "--socket", server.Path}, arguments...)...)
}

// TestStatusScreen holds what a person reads.
func TestStatusScreen(t *testing.T) {
	s := state("degraded", hall, dark)
	s.Cameras = append(s.Cameras, report.Camera{Name: "hall", Status: report.Lost, Since: since, Reason: "no picture for 5s"}, report.Camera{Name: "yard", Status: report.Starting, Since: since})
	s.Reasons = append(s.Reasons, "mqtt: nothing listens at broker:1883")
	s.Spool = report.Spool{Queued: 12, Dropped: 1}
	s.Health.SelfTest = &report.SelfTest{
		Time: since, Why: "night", Result: "degraded", Checks: 22, Failed: []string{"camera_dark:door", "camera_opens:hall"}, Warned: []string{"disk"}, Seconds: 6.25,
	}
	code, stdout, stderr := ask(t, s)
	const want = `device       cam-7
health       degraded since 2026-11-25 03:30:00: decisions are not verified
reason       camera hall: no picture for 5s
             since 2026-11-25 03:30:00
reason       self-test camera_dark:door: brightness 4, limit at least 12 of 255
             switch on a light
             since 2026-11-25 02:30:00
problem      mqtt: nothing listens at broker:1883
             new: it counts for the health once it lasts
self-test    degraded at 2026-11-25 03:30:00 (night), 22 checks in 6.2 s
             failed: camera_dark:door, camera_opens:hall
             warned: disk
model        robust@1.0.0:0badc0de
version      1.2.3, up 1h6m40s
camera door  24.9 fps, 2 people in view, 4711 frames processed, 3 dropped
camera hall  lost since 2026-11-25 03:30:00: no picture for 5s
             0.0 fps, 0 people in view, 0 frames processed, 0 dropped
camera yard  starting since 2026-11-25 03:30:00: no picture yet
             0.0 fps, 0 people in view, 0 frames processed, 0 dropped
outbox       12 events waiting, 1 lost
`
	if stdout != want {
		t.Errorf("got:\n%s\nwant:\n%s", stdout, want)
	}
	if want := "Error: cam-7 is degraded: camera hall: no picture for 5s (and 1 more)\nTry: fix what is named\n"; code != 4 || stderr != want {
		t.Errorf("exit code %d, %s; want 4, %s", code, stderr, want)
	}
}

// TestStatusJSON holds --json equal to what MQTT carries.
func TestStatusJSON(t *testing.T) {
	s := state("degraded", hall, dark)
	want, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := ask(t, s, "--json"); code != 4 || stdout != string(want)+"\n" {
		t.Errorf("exit code %d:\n%s\nwant 4:\n%s", code, stdout, want)
	}
}

// TestStatusExitCodes gives each state of health its code and words.
func TestStatusExitCodes(t *testing.T) {
	for _, c := range []struct {
		state          report.State
		code           int
		stderr, stdout string
	}{
		{state("init"), 75, "Error: the first self-test of cam-7 has not ended\nTry: ask again in a minute\n", "nothing is tested yet, no decision leaves\n"},
		{state("selftest"), 75, "Error: the first self-test of cam-7 has not ended\nTry: ask again in a minute\n", "the first self-test runs, no decision leaves\n"},
		{state("operational"), 0, "", "operational since 2026-11-25 03:30:00: decisions are verified\n"},
		{state("degraded", dark), 4, "Error: cam-7 is degraded: self-test camera_dark:door: brightness 4, limit at least 12 of 255\nTry: fix what is named\n", "decisions are not verified\n"},
		{state("fail_safe", report.Reason{Subject: "self-test", Check: "model_answers", Finding: "wrong"}), 3,
			"Error: cam-7 labels nobody: self-test model_answers: wrong\nTry: fix what is named, then run maskwarden selftest: only a full self-test ends the alarm\n",
			"every label is unknown, until a full self-test passes\n"},
	} {
		code, stdout, stderr := ask(t, c.state)
		if code != c.code || stderr != c.stderr || !strings.Contains(stdout, c.stdout) {
			t.Errorf("%s: exit code %d, %s; want %d, %s; and %q in:\n%s", c.state.Health.State, code, stderr, c.code, c.stderr, c.stdout, stdout)
		}
	}
}
