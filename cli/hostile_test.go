package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/report/reporttest"
	"github.com/maskwarden/maskwarden/selftest"
)

// TestHostileTexts drives each command with hostile texts where it takes them from outside: nothing of them acts on the terminal, whatever the
// exit code, and JSON holds them whole.
func TestHostileTexts(t *testing.T) {
	portrait, err := os.ReadFile("../share/maskwarden/astronaut.png")
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, asJSON bool, code int, stdout, stderr string) {
		t.Helper()
		reporttest.CheckText(t, what, stdout+stderr)
		if code == 2 {
			t.Errorf("%s: a panic", what)
		}
		for line := range strings.Lines(stdout) {
			if asJSON && !json.Valid([]byte(line)) {
				t.Errorf("%s: not JSON: %.300q", what, line)
			}
		}
	}
	dir := t.TempDir()
	var pictures []string
	for _, name := range reporttest.Names() {
		picture := filepath.Join(dir, name)
		if err := os.WriteFile(picture, portrait, 0o600); err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, picture)
	}
	for _, asJSON := range []bool{false, true} {
		with := func(args ...string) []string {
			if asJSON {
				return append(args, "--json")
			}
			return args
		}
		try := func(args ...string) {
			code, stdout, stderr := run(with(args...)...)
			check(fmt.Sprintf("%.100q", args), asJSON, code, stdout, stderr)
		}
		try(append([]string{"classify"}, pictures...)...)
		all := strings.Join(reporttest.Names(), " ") // for commands that take their time
		_, stdout, stderr := run(with("bench", "--source", all)...)
		reporttest.CheckSafe(t, "bench", stdout+stderr) // of an address it shows scheme and host only
		try("evaluate", "--faces", all)
		try("attack", "--method", "fgsm", "--faces", ".", "--from", all)
		_, stdout, stderr = run("demo", "--source", all)
		reporttest.CheckSafe(t, "demo", stdout+stderr)
		for _, text := range reporttest.Hostile() {
			state := hostileState(text)
			code, stdout, stderr := ask(t, state, with()...)
			check("status", asJSON, code, stdout, stderr)
			folder := hostileOutbox(t, text)
			code, stdout, stderr = run(with("outbox", "list", "--state-dir", folder)...)
			check("outbox list", asJSON, code, stdout, stderr)
			code, stdout, stderr = run("outbox", "export", "--state-dir", folder)
			check("outbox export", true, code, stdout, stderr)
			if strings.Contains(text, "\x00") || len(text) > 1000 {
				continue // no argument can hold it
			}
			try("classify", text)
			try("pack", "verify", text)
			try("config", "check", text)
			try("config", "check", file(t, "maskwarden.yaml", fmt.Sprintf("device: %s\n", quoted(text))))
			code, stdout, stderr = run("pack", "sign", text, "--key", text)
			check("pack sign", false, code, stdout, stderr)
			code, stdout, stderr = run("selftest", "--verify", text)
			check("selftest --verify", false, code, stdout, stderr)
			code, stdout, stderr = run("selftest", "--list", "--only", text)
			check("selftest --list", false, code, stdout, stderr)
		}
	}
}

// TestHostileDaemon is a self-test that a daemon reports with hostile texts.
func TestHostileDaemon(t *testing.T) {
	for _, text := range reporttest.Hostile() {
		config := file(t, "maskwarden.yaml", fmt.Sprintf("state_dir: %q\ncontrol: {socket: %q}\n", t.TempDir(), filepath.Join(t.TempDir(), "control.sock")))
		name := text[:min(len(text), 1000)] // the unit's own
		found := selftest.Result{Name: name, Result: selftest.Fail, Quantity: text, Unit: text, Detail: text, Hint: text}
		server := &control.Server{
			Path: socketOf(t, config), State: func() report.State { return hostileState(text) }, Logger: slog.New(slog.DiscardHandler), Checks: []string{name},
			SelfTest: func(_ context.Context, each func(selftest.Result)) (control.Outcome, error) {
				each(found)
				return control.Outcome{Summary: selftest.Summarize([]selftest.Result{found})}, nil
			},
		}
		if err := server.Initialize(); err != nil {
			t.Fatal(err)
		}
		_, stdout, stderr := run("selftest", "--config", config)
		reporttest.CheckText(t, "selftest", stdout+stderr)
		_, stdout, stderr = run("selftest", "--config", config, "--json")
		reporttest.CheckText(t, "selftest --json", stdout+stderr)
		page := filepath.Join(t.TempDir(), "report.html")
		_, stdout, stderr = run("selftest", "--config", config, "--html", page)
		reporttest.CheckText(t, "selftest --html", stdout+stderr)
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		reporttest.CheckText(t, "the HTML report", string(data))
		server.Close()
	}
}

// TestHostilePack is a pack whose manifest holds hostile texts.
func TestHostilePack(t *testing.T) {
	for _, text := range reporttest.Hostile() {
		dir := packtest.Copy(t, tiny)
		manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		name, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Replace(manifest, []byte(`"tiny"`), name, 1)
		if bytes.Equal(changed, manifest) {
			t.Fatalf("no name in %s", manifest)
		}
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), changed, 0o600); err != nil {
			t.Fatal(err)
		}
		_, stdout, stderr := run("pack", "sign", dir, "--key", filepath.Join(t.TempDir(), "key"), "--make-key")
		if len(text) < 1000 { // else the manifest is too large
			reporttest.CheckText(t, "pack sign", stdout+stderr)
		}
		reporttest.CheckSafe(t, "pack sign", stdout+stderr)
	}
}

// quoted is a text as YAML has it in double quotes.
func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// hostileState has a text at each place that one can come to.
func hostileState(text string) report.State {
	s := report.State{
		Device: text, Instance: text, Version: text, Status: report.Degraded, Reasons: []string{text}, Model: text,
		Cameras: []report.Camera{{Name: text, Status: report.Lost, Reason: text}}, Spool: report.Spool{Error: text, Loss: text},
		Health: report.Health{State: "degraded", SelfTest: &report.SelfTest{Why: text, Result: text, Failed: []string{text}, Warned: []string{text}}},
	}
	s.Health.Explain([]report.Reason{{Subject: text, Check: text, Finding: text, Hint: text}})
	return s
}

// hostileOutbox is a state folder with an event as something else may have written it.
func hostileOutbox(t *testing.T, text string) string {
	t.Helper()
	o := &outbox.Outbox{Dir: t.TempDir()}
	o.Initialize()
	o.Append(func(seq uint64, _ bool) []byte {
		data, err := json.Marshal(report.Event{ID: text[:min(len(text), 2000)], Seq: seq, Camera: text[:min(len(text), 2000)], Label: "none"})
		if err != nil {
			t.Fatal(err)
		}
		return data
	})
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return o.Dir
}

// socketOf is the control socket of a configuration.
func socketOf(t *testing.T, config string) string {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(string(text), `socket: "`)
	path, _, _ = strings.Cut(path, `"`)
	return path
}
