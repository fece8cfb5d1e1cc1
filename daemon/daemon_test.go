package daemon_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/logtest"
	"github.com/maskwarden/maskwarden/report"
)

const assets = "../share/maskwarden"

// patience is how long a test waits for what must happen on a loaded machine.
const patience = 60 * time.Second

type unit struct {
	*daemon.Daemon
	mu     sync.Mutex
	events []report.Event
	agreed int
	known  int
	cancel context.CancelFunc
	done   chan error
	ready  chan struct{}
}

func configure(t *testing.T, yaml string) *config.Config {
	t.Helper()
	yaml += fmt.Sprintf("\nassets_dir: %s\n", assets)
	if !strings.Contains(yaml, "state_dir:") {
		yaml += fmt.Sprintf("state_dir: %q\n", t.TempDir())
	}
	if !strings.Contains(yaml, "http:") {
		yaml += "http: {listen: \"127.0.0.1:0\"}\n"
	}
	c, err := config.Parse("test", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func start(t *testing.T, yaml string) *unit {
	t.Helper()
	return begin(t, yaml, func(*daemon.Daemon) {})
}

// begin is start with a change to the daemon.
func begin(t *testing.T, yaml string, change func(*daemon.Daemon)) *unit {
	t.Helper()
	u := &unit{done: make(chan error, 1), ready: make(chan struct{})}
	u.Daemon = &daemon.Daemon{
		Config: configure(t, yaml), Version: "test",
		Logger: logtest.New(t, io.Discard), OnEvent: u.event,
	}
	change(u.Daemon)
	ctx, cancel := context.WithCancel(context.Background())
	u.cancel = cancel
	go func() { u.done <- u.Run(ctx, func() { close(u.ready) }) }()
	return u
}

func (u *unit) event(e report.Event, truth frame.Label) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.events = append(u.events, e)
	if truth != frame.Unknown && e.Label != frame.Unknown.String() {
		u.known++
		if truth.String() == e.Label {
			u.agreed++
		}
	}
}

func (u *unit) stop(t *testing.T) {
	t.Helper()
	u.cancel()
	select {
	case err := <-u.done:
		if err != nil && !strings.Contains(err.Error(), context.Canceled.Error()) {
			t.Errorf("the daemon ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the daemon did not stop")
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain until %s", what)
}

func TestOneDeadCameraStallsNoOther(t *testing.T) {
	defer goleak.VerifyNone(t)
	u := start(t, `
cameras:
  - {name: dead, source: "rtsp://127.0.0.1:9/nothing"}
  - {name: alive, source: "synthetic://?people=1&seed=3"}
`)
	until(t, "the living camera decides and the dead one is reported lost", func() bool {
		s := u.State()
		u.mu.Lock()
		defer u.mu.Unlock()
		decided := slices.ContainsFunc(u.events, func(e report.Event) bool { return e.Label != "unknown" })
		return decided && s.Cameras[0].Status == report.Lost && s.Cameras[1].Frames > 20
	})
	<-u.ready
	s := u.State()
	if s.Status != report.Degraded || len(s.Reasons) == 0 || !strings.HasPrefix(s.Reasons[0], "camera dead: ") {
		t.Errorf("state %s because %q: want degraded because of camera dead", s.Status, s.Reasons)
	}
	checked := false
	for _, e := range u.events {
		checked = checked || e.Certified == "detection" || e.Suspected
		if e.Certified != "" && e.Certified != frame.NeverCorrect && e.Recovered != "" {
			t.Errorf("a decision both certified and suspected of masks that disagree: %+v", e)
		}
		if steps := e.Probabilities.None * 20; math.Abs(steps-math.Round(steps)) > 1e-9 {
			t.Errorf("the probability %v is no multiple of 0.05", e.Probabilities.None)
		}
		if e.Camera != "alive" || e.Schema != report.EventSchema || e.ID == "" || e.Model != s.Model {
			t.Errorf("event %+v", e)
		}
	}
	if !checked {
		t.Errorf("the defense looked at no decision: %+v", u.events)
	}
	u.stop(t)
}

func TestFinishedSourcesEndTheDaemon(t *testing.T) {
	defer goleak.VerifyNone(t)
	u := start(t, fmt.Sprintf("cameras: [{name: still, source: %q}]", "file://"+assets+"/astronaut.png"))
	select {
	case err := <-u.done:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("a picture has an end, but the daemon has none")
	}
	if n := u.State().Cameras[0].Frames; n != 1 {
		t.Errorf("%d frames processed, want 1", n)
	}
}

func TestRefusesToStart(t *testing.T) {
	camera := "cameras: [{name: a, source: \"synthetic://\"}]\n"
	notALibrary := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(notALibrary, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, yaml, want string }{
		{"no pack", camera + "classifier: {pack: models/none}", "classifier.pack: "},
		{"no library", camera + "classifier: {library: none.so}", "classifier.library: "},
		{"text as library", camera + fmt.Sprintf("classifier: {library: %q}", notALibrary), "classifier.library: "},
		{"no detector", camera + "faces: {model: none.onnx}", "faces.model: "},
		{"no such scene", "cameras: [{name: a, source: \"synthetic://?people=99\"}]", "people"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			u := start(t, c.yaml)
			select {
			case err := <-u.done:
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want an error with %q", err, c.want)
				}
			case <-time.After(patience):
				t.Fatal("it started")
			}
		})
	}
}

// TestWhatPassesDoesNotEndTheDaemon: a taken address and a missing file are named, and used as soon as they are there.
func TestWhatPassesDoesNotEndTheDaemon(t *testing.T) {
	defer goleak.VerifyNone(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	missing := filepath.Join(t.TempDir(), "late.png")
	u := start(t, fmt.Sprintf(`
cameras:
  - {name: a, source: "synthetic://"}
  - {name: late, source: %q, loop: true}
  - {name: locked, source: "rtsp://127.0.0.1:9/x", username: u, password_file: %q}
http: {listen: %q}`, "file://"+missing, missing+".password", taken.Addr()))
	<-u.ready
	has := func(start string) bool {
		return slices.ContainsFunc(u.State().Reasons, func(r string) bool { return strings.HasPrefix(r, start) })
	}
	until(t, "all are named", func() bool {
		return has("http: http.listen ") && has("camera late: ") && has("camera locked: password_file: stat "+missing+".password: no such file")
	})
	if err := os.WriteFile(missing+".password", []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "the password is read", func() bool { return has("camera locked: rtsp://127.0.0.1:9: cannot connect") })
	picture, err := os.ReadFile(assets + "/astronaut.png")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(missing, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the others work", func() bool {
		return !has("http: ") && !has("camera late: ") && strings.Contains(get(t, "http://"+u.Page()+"/readyz"), "frames")
	})
	u.stop(t)
}

// TestTokenIsMendedWhileItRuns: with a token that is too short there is no page, and then one that asks for the new token.
func TestTokenIsMendedWhileItRuns(t *testing.T) {
	defer goleak.VerifyNone(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	u := start(t, fmt.Sprintf("cameras: [{name: a, source: \"synthetic://\"}]\nhttp: {listen: \"0.0.0.0:0\", token_file: %q}", file))
	<-u.ready
	until(t, "the token is refused", func() bool {
		return slices.ContainsFunc(u.State().Reasons, func(r string) bool {
			return strings.HasPrefix(r, "http: http.token_file "+file+" holds 5 bytes, want 16 or more")
		})
	})
	if u.Page() != "" {
		t.Error("there is a page without a token")
	}
	if err := os.WriteFile(file, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "there is a page", func() bool { return u.Page() != "" })
	_, port, _ := net.SplitHostPort(u.Page())
	if text := get(t, "http://127.0.0.1:"+port+"/state"); !strings.HasPrefix(text, "this needs the token of http.token_file") {
		t.Errorf("without the token: %s", text)
	}
	if text := get(t, "http://x:0123456789abcdef@127.0.0.1:"+port+"/state"); !strings.Contains(text, `"maskwarden.state/1"`) {
		t.Errorf("with the token: %s", text)
	}
	u.stop(t)
}

func TestTellsSystemd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "1000000")
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	u := start(t, "cameras: [{name: a, source: \"synthetic://\"}]")
	seen := map[string]bool{}
	buffer := make([]byte, 256)
	_ = socket.SetReadDeadline(time.Now().Add(patience))
	for !seen["READY=1"] || !seen["WATCHDOG=1"] {
		n, err := socket.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %v", err, seen)
		}
		seen[string(buffer[:n])] = true
		if seen["READY=1"] && u.State().Cameras[0].Frames == 0 {
			t.Error("ready before the first frame was processed")
		}
	}
	u.stop(t)
}

func TestPageAndMetricsOfARunningDaemon(t *testing.T) {
	defer goleak.VerifyNone(t)
	address := free(t)
	u := start(t, fmt.Sprintf("cameras: [{name: a, source: \"synthetic://\"}]\nhttp: {listen: %q}", address))
	<-u.ready
	for path, want := range map[string]string{
		"/":        "<title>",
		"/state":   `"maskwarden.state/1"`,
		"/metrics": `maskwarden_frames_total{camera="a"`,
		"/readyz":  "ok",
	} {
		until(t, path+" shows "+want, func() bool { return strings.Contains(get(t, "http://"+address+path), want) })
	}
	u.stop(t)
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
