package cli_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCheckFindsWhatRunStumblesOver gives each bad configuration to config check and to run. What run refuses check refuses, too; what run
// waits for is a warning of check, and run names it while it runs on.
func TestCheckFindsWhatRunStumblesOver(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, mode := range map[string]os.FileMode{"text": 0o600, "open": 0o644} {
		if err := os.WriteFile(path(name), []byte("text"), mode); err != nil {
			t.Fatal(err)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	const camera = `cameras: [{name: a, source: "synthetic://?width=320&height=240&fps=5"}]` + "\n"
	broker := fmt.Sprintf("mqtt: {broker: \"mqtts://%s\", ", taken.Addr())
	for _, c := range []struct {
		name, yaml, key string
		final           bool
		reason          string // a state's, as it begins; empty where run ends
	}{
		{"no such scene", `cameras: [{name: a, source: "synthetic://?people=99"}]`, "cameras[0].source", true, ""},
		{"TensorFlow in the lite program", camera + "classifier: {runtime: tensorflow}", "classifier.runtime", true, ""},
		{"no pack", camera + "classifier: {pack: models/none}", "classifier.pack", true, ""},
		{"a pack that is no pack", camera + fmt.Sprintf("classifier: {pack: %q}", dir), "classifier.pack", false, "self-test pack_signature: "},
		{"an older pack", camera + "classifier: {min_version: 99}", "classifier.pack", false, "self-test pack_signature: "},
		{"no library", camera + "classifier: {library: none.so}", "classifier.library", true, ""},
		{"text as library", camera + fmt.Sprintf("classifier: {library: %q}", path("text")), "classifier.library", true, ""},
		{"no detector", camera + "faces: {model: none.onnx}", "faces.model", true, ""},
		{"text as detector", camera + fmt.Sprintf("faces: {model: %q}", path("text")), "faces.model", false, "self-test pack_signature: face detector: model "},
		{"no file", fmt.Sprintf("cameras: [{name: a, source: \"file://%s\"}]", path("none.mp4")), "cameras[0].source", false, "camera a: "},
		{"an open password", fmt.Sprintf("cameras: [{name: a, source: \"rtsp://127.0.0.1:9/x\", username: u, password_file: %q}]", path("open")),
			"cameras[0].password_file", false, "camera a: password_file "},
		{"no camera's authority", fmt.Sprintf("cameras: [{name: a, source: \"https://127.0.0.1:9/x\", ca_file: %q}]", path("none.pem")), "cameras[0].ca_file", false, "camera a: "},
		{"address in use", camera + fmt.Sprintf("http: {listen: %q}", taken.Addr()), "http.listen", false, "http: http.listen "},
		{"address not up yet", camera + `http: {listen: "192.0.2.1:80"}`, "http.listen", false, "http: http.listen "},
		{"state_dir is a file", camera + fmt.Sprintf("state_dir: %q", path("text")), "state_dir", false, "state_dir: "},
		{"no broker's certificate", camera + broker + fmt.Sprintf("ca_file: %q}", path("none.pem")), "mqtt", false, "mqtt: "},
		{"a broker's certificate that is text", camera + broker + fmt.Sprintf("ca_file: %q}", path("text")), "mqtt", false, "mqtt: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			yaml := c.yaml + "\n"
			socket := filepath.Join(t.TempDir(), "s")
			yaml += fmt.Sprintf("control: {socket: %q}\n", socket)
			if !strings.Contains(yaml, "state_dir:") {
				yaml += fmt.Sprintf("state_dir: %q\n", t.TempDir())
			}
			if !strings.Contains(yaml, "http:") {
				yaml += "http: {listen: \"\"}\n"
			}
			config := file(t, "maskwarden.yaml", yaml)
			code, stdout, stderr := run("config", "check", "--json", config)
			var found struct {
				OK       bool
				Errors   []struct{ Key, Message string }
				Warnings []string
			}
			if err := json.Unmarshal([]byte(stdout), &found); err != nil {
				t.Fatalf("%v in %s%s", err, stdout, stderr)
			}
			all := found.Warnings
			for _, e := range found.Errors {
				all = append(all, e.Key+": "+e.Message)
			}
			if (code == 78) != c.final || found.OK == c.final || len(found.Errors) > 0 != c.final || len(all) == 0 || !strings.HasPrefix(all[0], c.key) {
				t.Errorf("check: exit code %d, %+v, want %s", code, found, c.key)
			}

			daemon := program(t, "run", "--config", config)
			log := file(t, "log", "")
			out, err := os.OpenFile(log, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			daemon.Stderr = out
			if err := daemon.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- daemon.Wait() }()
			defer func() { _ = daemon.Process.Kill() }()
			if c.final {
				select {
				case <-ended:
				case <-time.After(patience):
					t.Fatal("run does not end")
				}
				if code := daemon.ProcessState.ExitCode(); code != 78 {
					t.Errorf("run ends with %d, want 78", code)
				}
				return
			}
			var reasons []string
			until(t, "run names it: "+c.reason, func() bool {
				_, stdout, _ := run("status", "--json", "--config", config)
				var s struct{ Reasons []string }
				_ = json.Unmarshal([]byte(stdout), &s)
				reasons = s.Reasons
				return slices.ContainsFunc(reasons, func(r string) bool { return strings.HasPrefix(r, c.reason) })
			})
			if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("it ends with %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("it has not ended after 10 s")
			}
		})
	}
}

// TestCheckReadsAddressesAsRunDoes: of a file whose name is written with %20, check does not say that it is missing.
func TestCheckReadsAddressesAsRunDoes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a b.mp4"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, missing := range map[string]bool{"a%20b.mp4": false, "a b.mp4": false, "a%20c.mp4": true} {
		c := file(t, "c.yaml", fmt.Sprintf("state_dir: %q\ncameras: [{name: a, source: \"file://%s\"}]\nhttp: {listen: \"\"}\n", dir, filepath.Join(dir, name)))
		_, stdout, stderr := run("config", "check", c)
		if got := strings.Contains(stdout+stderr, "cameras[0].source"); got != missing {
			t.Errorf("%s is missing: %t, want %t: %s%s", name, got, missing, stdout, stderr)
		}
	}
}
