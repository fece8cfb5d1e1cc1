package cli_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/selftest"
)

// update writes the golden files again: go test ./cli -run TestSelftestGolden -update.
var update = flag.Bool("update", false, "write the golden files again")

// stable are the checks whose results are the same on every machine.
var stable = []string{"pack_*", "model_*", "smoothing", "delegate", "detector", "certified", "squeezing", "patch_accuracy", "patch_kind", "patch_none_correct", "patch_detected", "camera_opens", "spool", "mqtt", "watchdog"}

func only(names []string) (args []string) {
	for _, name := range names {
		args = append(args, "--only", name)
	}
	return args
}

// unit is the configuration of a camera with a real broker.
func unit(t *testing.T) string {
	t.Helper()
	return file(t, "maskwarden.yaml", fmt.Sprintf(`
device: cam-7
state_dir: %q
cameras: [{name: door, source: "synthetic://?people=1&width=320&height=180"}]
mqtt: {broker: "mqtt://127.0.0.1:%s"}
`, filepath.Join(t.TempDir(), "state"), mosquitto(t)))
}

// masked hides what differs from machine to machine and from run to run.
func masked(text string) string {
	for _, m := range []struct{ find, put string }{
		{`maskwarden \S+, device`, `maskwarden VERSION, device`},
		{`unit \S+`, `unit SERIAL`},
		{`\w+@\d+:[0-9a-f]{8}`, `MODEL`},
		{`signed by \w+`, `signed by SIGNER`},
		{`("signer": )"[^"]+"`, `${1}"SIGNER"`},
		{`mqtt://127\.0\.0\.1:\d+`, `mqtt://BROKER`},
		{`(/[^\s"]+)+/state`, `STATE`},
		{`[\d.e-]+, limit at (least|most) [\d.e-]+`, `N, limit at ${1} N`},
		{`(whole files) \d+`, `${1} N`},
		{` +\d+\.\d\d s  `, ` TIME s  `},
		{`in \d+\.\d s`, `in TIME s`},
		{`\d+ (pictures|known answers)`, `N ${1}`},
		{`\d+ of \d+ `, `N of N `},
		{`\d+ of them `, `N of them `},
		{`\d+ patches`, `N patches`},
		{`exceed [\d.e-]+`, `exceed N`},
		{`tflite \S+`, `tflite VERSION`},
		{`OpenCV \S+`, `OpenCV VERSION`},
		{`("(?:seconds|time)": )[^,\n]+`, `${1}"TIME"`},
		{`("(?:value|limit)": )[\d.e-]+`, `${1}"N"`},
		{`("serial": )"[^"]+"`, `${1}"SERIAL"`},
		{`("(?:arch|backend|go|maskwarden|opencv)": )"[^"]+"`, `${1}"VERSION"`},
		{` +`, ` `},
	} {
		text = regexp.MustCompile(m.find).ReplaceAllString(text, m.put)
	}
	return text
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// TestSelftestGolden is the whole command against a real broker, as a technician and as a script see it.
func TestSelftestGolden(t *testing.T) {
	config := unit(t)
	html := filepath.Join(t.TempDir(), "report.html")
	args := append([]string{"selftest", "--config", config, "--seed", "1"}, only(stable)...)
	code, stdout, stderr := run(append(args, "--html", html)...)
	if code != 0 {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	stdout, digest, _ := strings.Cut(stdout, "Report: ")
	golden(t, "selftest.txt", masked(stdout))
	page, err := os.ReadFile(html)
	if err != nil {
		t.Fatal(err)
	}
	_, digest, _ = strings.Cut(strings.TrimSpace(digest), "sha256 of its result ")
	if len(digest) != 64 || !bytes.Contains(page, []byte(digest)) {
		t.Errorf("the page does not show the digest %q", digest)
	}
	verifies(t, html)
	code, stdout, stderr = run(append(args, "--json")...)
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	golden(t, "selftest.json", masked(stdout))
}

// verifies checks a report as whoever gets it does: whole, altered, and of another unit.
func verifies(t *testing.T, html string) {
	t.Helper()
	code, stdout, stderr := run("selftest", "--verify", html)
	_, key, found := strings.Cut(strings.TrimSpace(stdout), "--unit-key ")
	if code != 0 || !found || !strings.Contains(stdout, ": unaltered since the key ") || !strings.Contains(stdout, "  pass, ") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	if code, stdout, stderr = run("selftest", "--verify", html, "--unit-key", key); code != 0 || strings.Contains(stdout, "cannot tell") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	if code, _, stderr = run("selftest", "--verify", html, "--unit-key", "RWother"); code != 3 || !strings.Contains(stderr, ", want RWother") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	page, err := os.ReadFile(html)
	if err != nil {
		t.Fatal(err)
	}
	altered := file(t, "altered.html", strings.Replace(string(page), `"seed": 1`, `"seed": 2`, 1))
	if code, _, stderr = run("selftest", "--verify", altered); code != 3 || !strings.Contains(stderr, "did not sign this: it") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

// TestSelftestWatch tests again until it is interrupted, and ends with the last verdict.
func TestSelftestWatch(t *testing.T) {
	watching := program(t, "selftest", "--watch", "--only", "pack_hash")
	heard := listen(t, watching)
	until(t, "it tests twice", func() bool { return heard.count("PASS: 1 passed") >= 2 })
	if err := watching.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := watching.Wait(); err != nil {
		t.Errorf("exit code 0 after passes, got %v", err)
	}
}

func TestSelftestExitCodes(t *testing.T) {
	gone := file(t, "gone.yaml", fmt.Sprintf("state_dir: %q\ncameras: [{name: door, source: \"synthetic://\"}]\nmqtt: {broker: \"mqtt://127.0.0.1:1\"}\n", t.TempDir()))
	lost := file(t, "lost.yaml", fmt.Sprintf("state_dir: %q\ncameras: [{name: door, source: \"synthetic://\"}]\nclassifier: {delegates: [/nowhere/libvendor.so]}\n", t.TempDir()))
	for _, c := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"pass", []string{"--only", "pack_hash"}, 0, "PASS: 1 passed, 0 warn, 0 failed, 0 skipped", ""},
		{"warn", []string{"--config", lost, "--only", "delegate"}, 4, "WARN: 0 passed, 1 warn, 0 failed, 0 skipped", ""},
		{"degraded", []string{"--config", gone, "--only", "mqtt"}, 4, "DEGRADED: 0 passed, 0 warn, 1 failed, 0 skipped", ""},
		{"next", []string{"--config", gone, "--only", "mqtt"}, 4, "Next: mqtt: see whether the broker runs", ""},
		{"list", []string{"--list", "--only", "patch_*"}, 0, "patch_accuracy\npatch_kind\npatch_none_correct\npatch_detected\npatch_live\n", ""},
		{"unknown check", []string{"--only", "toothache"}, 64, "", `no such check: "toothache", want one of pack_hash, `},
		{"picture nowhere", []string{"--with-frame"}, 64, "", "--with-frame: the picture stands in the HTML report only"},
		{"beside", []string{"--only", "patch_none_correct", "--beside", "../models/base"}, 0, "\nside by side ", ""},
		{"beside nothing", []string{"--only", "pack_hash", "--beside", "../models/base"}, 64, "", "--beside: want checks patch_… or deep_…"},
		{"beside nowhere", []string{"--only", "patch_*", "--beside", "nowhere"}, 78, "", "--beside: classifier.pack: "},
		{"no report", []string{"--verify", "nowhere.html"}, 66, "", "--verify: open nowhere.html: no such file"},
		{"not a report", []string{"--verify", gone}, 3, "", "no report of a self-test: want a page that"},
		{"key of nothing", []string{"--unit-key", "RW"}, 64, "", "--unit-key: only a report can be signed with it"},
		{"no pack", []string{"--pack", "nowhere"}, 78, "", "nowhere: no such file or directory"},
		{"no config", []string{"--config", "nowhere.yaml"}, 78, "", "nowhere.yaml"},
		{"cannot write", []string{"--only", "pack_hash", "--html", "/nowhere/report.html"}, 73, "PASS", "--html: write /nowhere/report.html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := run(append([]string{"selftest"}, c.args...)...)
			if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || (c.stderr == "") != (stderr == "") {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, c.code, stdout, stderr)
			}
		})
	}
}

// TestSelftestBesideDaemon refuses while a daemon holds the cameras.
func TestSelftestBesideDaemon(t *testing.T) {
	config := unit(t)
	daemon := program(t, "run", "--config", config)
	listen(t, daemon)
	defer func() { _ = daemon.Process.Kill(); _ = daemon.Wait() }()
	until(t, "the daemon holds its state folder", func() bool {
		code, _, stderr := run("selftest", "--config", config, "--list")
		return code == 69 && strings.Contains(stderr, "a daemon runs with state_dir ") && strings.Contains(stderr, "systemctl stop maskwarden")
	})
}

func TestSelftestJSON(t *testing.T) {
	code, stdout, _ := run("selftest", "--json", "--only", "pack_hash", "--only", "smoothing", "--seed", "9")
	var r selftest.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	if code != 0 || r.Schema != "maskwarden.selftest/1" || r.Result != "pass" || r.Seed != 9 || len(r.Checks) != 2 || r.Time.IsZero() {
		t.Errorf("exit code %d, %+v", code, r)
	}
}
