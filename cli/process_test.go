package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/outbox"
)

// patience is how long a test waits for what must happen on a loaded machine.
const patience = 90 * time.Second

// program starts this test binary as maskwarden.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "BE_THE_PROGRAM=1")
	return c
}

// transcript collects the lines of a running command.
type transcript struct {
	mu    sync.Mutex
	lines []string
}

func listen(t *testing.T, c *exec.Cmd) *transcript {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // a test that fails leaves no program running
	r := &transcript{}
	go func() {
		s := bufio.NewScanner(out)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			r.mu.Lock()
			r.lines = append(r.lines, s.Text())
			r.mu.Unlock()
		}
	}()
	return r
}

// last returns the last line that begins with prefix.
func (r *transcript) last(prefix string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range slices.Backward(r.lines) {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}

// count is how many lines begin with prefix.
func (r *transcript) count(prefix string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.lines {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
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

func mosquitto(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	broker := exec.Command("mosquitto", "-p", port)
	if err := broker.Start(); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = broker.Process.Kill(); _ = broker.Wait() })
	until(t, "mosquitto answers", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return port
}

// TestOnARealBroker is the whole program against a real mosquitto, as a stranger's mosquitto_sub sees it.
func TestOnARealBroker(t *testing.T) {
	port := mosquitto(t)
	config := file(t, "maskwarden.yaml", fmt.Sprintf(`
device: cam-7
state_dir: %q
cameras: [{name: door, source: "synthetic://?people=1"}]
mqtt: {broker: "mqtt://127.0.0.1:%s", discovery: false}
http: {listen: ""}
`, t.TempDir(), port))
	sub := exec.Command("mosquitto_sub", "-p", port, "-v", "-t", "maskwarden/#")
	heard := listen(t, sub)
	defer func() { _ = sub.Process.Kill(); _ = sub.Wait() }()

	daemon := program(t, "run", "--config", config)
	listen(t, daemon)
	until(t, "the camera is online", func() bool {
		return heard.last("maskwarden/cam-7/availability") == "maskwarden/cam-7/availability online"
	})
	until(t, "an event arrives", func() bool { return heard.last("maskwarden/cam-7/event") != "" })
	until(t, "the state is ok", func() bool {
		text := strings.TrimPrefix(heard.last("maskwarden/cam-7/state"), "maskwarden/cam-7/state ")
		var s struct {
			Schema, Status, Device string
			Health                 struct{ State string }
		}
		return json.Unmarshal([]byte(text), &s) == nil && s.Schema == "maskwarden.state/1" && s.Status == "ok" && s.Device == "cam-7" &&
			s.Health.State == "operational"
	})
	var e struct {
		Schema, Camera, Label string
		Track                 int
		Box                   []int
	}
	text := strings.TrimPrefix(heard.last("maskwarden/cam-7/event"), "maskwarden/cam-7/event ")
	if err := json.Unmarshal([]byte(text), &e); err != nil || e.Schema != "maskwarden.event/1" || e.Camera != "door" || e.Track == 0 || len(e.Box) != 4 {
		t.Errorf("event %s (%v)", text, err)
	}

	if err := daemon.Process.Kill(); err != nil { // as kill -9 does
		t.Fatal(err)
	}
	_ = daemon.Wait()
	until(t, "the broker tells that the camera is gone", func() bool {
		return heard.last("maskwarden/cam-7/availability") == "maskwarden/cam-7/availability offline"
	})

	again := program(t, "run", "--config", config)
	listen(t, again)
	until(t, "it is back", func() bool {
		return heard.last("maskwarden/cam-7/availability") == "maskwarden/cam-7/availability online"
	})
	if err := again.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := again.Wait(); err != nil {
		t.Errorf("SIGTERM must end in exit code 0: %v", err)
	}
	until(t, "it took its leave", func() bool {
		return heard.last("maskwarden/cam-7/availability") == "maskwarden/cam-7/availability offline"
	})
}

// TestTwoDaemonsWithOneStateFolder shows that the second refuses, and the first runs on.
func TestTwoDaemonsWithOneStateFolder(t *testing.T) {
	port := mosquitto(t)
	state := t.TempDir()
	config := file(t, "maskwarden.yaml", fmt.Sprintf(`
state_dir: %q
cameras: [{name: door, source: "synthetic://"}]
mqtt: {broker: "mqtt://127.0.0.1:%s"}
http: {listen: ""}
`, state, port))
	first := program(t, "run", "--config", config)
	listen(t, first)
	until(t, "the first holds the state folder", func() bool { return outbox.InUse(state) })
	second := program(t, "run", "--config", config)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	second.Stderr = log
	listen(t, second)
	want := filepath.Join(state, outbox.Folder) + ": another maskwarden runs with this state_dir"
	until(t, "the second names the folder", func() bool {
		text, err := os.ReadFile(log.Name())
		return err == nil && strings.Contains(string(text), want)
	})
	_ = first.Process.Signal(syscall.SIGTERM)
	defer func() { _ = second.Process.Kill(); _ = second.Wait() }()
	until(t, "the second writes once it can", func() bool {
		text, err := os.ReadFile(log.Name())
		return err == nil && strings.Contains(string(text), "events are written to disk again")
	})
	if err := first.Wait(); err != nil {
		t.Errorf("the first must run on and end with 0: %v", err)
	}
}

func TestDemo(t *testing.T) {
	demo := program(t, "demo", "--for", "25s", "--json", "--listen", "127.0.0.1:0")
	demo.Stderr = os.Stderr
	out, err := demo.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var s struct {
		Frames, Decisions, Received int
		FPS, Agreement              float64
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatalf("%v in %s", err, lines[len(lines)-1])
	}
	if s.Frames == 0 || s.Decisions == 0 || s.Received == 0 {
		t.Errorf("summary %+v", s)
	}
	if s.Agreement < 0.9 {
		t.Errorf("decisions agree with the truth at %.2f, want 0.90 or more:\n%s", s.Agreement, out)
	}
	var e struct{ Truth, Label string }
	if err := json.Unmarshal([]byte(lines[0]), &e); err != nil || e.Label == "" {
		t.Errorf("first line %s (%v)", lines[0], err)
	}
}
