package mqtt_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

const (
	childVariable = "MASKWARDEN_MQTT_CHILD" // address of the broker to which a child of the tests publishes
	childEvents   = 100_000                 // that wait in a child's outbox
	patience      = time.Minute             // for what takes milliseconds on an idle machine
)

func TestMain(m *testing.M) {
	if address := os.Getenv(childVariable); address != "" {
		fmt.Println(publishForEver(address, os.Args[1]))
		os.Exit(1)
	}
	code := m.Run()
	if code == 0 {
		if err := leaks(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// leaks waits for paho's goroutines, which end a little after their connection.
func leaks() error {
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = goleak.Find(); err == nil {
			return nil
		}
	}
	return err
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// reader is a mosquitto_sub that keeps what it receives.
type reader struct {
	mu    sync.Mutex
	lines []string
}

func startReader(t *testing.T, m *mosquitto, topics ...string) *reader {
	t.Helper()
	return startReaderAs(t, m, "%t %p", topics...)
}

// startReaderAs is startReader whose lines have another format; mosquitto_sub(1) explains it.
func startReaderAs(t *testing.T, m *mosquitto, format string, topics ...string) *reader {
	t.Helper()
	return startReaderWith(t, m, "1", format, topics...)
}

// startReaderWith is startReaderAs with another quality of service.
func startReaderWith(t *testing.T, m *mosquitto, qos, format string, topics ...string) *reader {
	t.Helper()
	host, port, _ := net.SplitHostPort(m.addr)
	args := []string{"-h", host, "-p", port, "-F", format, "-q", qos, "-t", "ready"}
	for _, topic := range topics {
		args = append(args, "-t", topic)
	}
	cmd := exec.Command("mosquitto_sub", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: run `make setup`", err)
	}
	r := &reader{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			r.mu.Lock()
			r.lines = append(r.lines, lines.Text())
			r.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		_ = cmd.Wait()
	})
	r.ready(t, m)
	return r
}

// ready waits until the reader receives what is published now.
func (r *reader) ready(t *testing.T, m *mosquitto) {
	t.Helper()
	count := func() (n int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, l := range r.lines {
			if slices.Contains(strings.Fields(l), "ready") {
				n++
			}
		}
		return n
	}
	before := count()
	until(t, "mosquitto_sub receives", func() bool {
		publish(t, m, "ready", "now", false)
		return count() > before
	})
}

// received returns the lines of one topic, or of all but the test's own.
func (r *reader) received(prefix string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, l := range r.lines {
		if strings.HasPrefix(l, prefix) && (prefix != "" || !strings.HasPrefix(l, "ready ")) {
			out = append(out, l)
		}
	}
	return out
}

// has says whether the event with this number has come.
func (r *reader) has(seq uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := fmt.Sprintf(`"seq":%d,`, seq)
	return slices.ContainsFunc(r.lines, func(l string) bool { return strings.Contains(l, want) })
}

func publish(t testing.TB, m *mosquitto, topic, payload string, retain bool) {
	t.Helper()
	host, port, _ := net.SplitHostPort(m.addr)
	args := []string{"-h", host, "-p", port, "-q", "1", "-t", topic, "-m", payload}
	if retain {
		args = append(args, "-r")
	}
	if out, err := exec.Command("mosquitto_pub", args...).CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v: %s", err, out)
	}
}

func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// link follows what a publisher says of its connection.
type link struct {
	mu      sync.Mutex
	changes []string
	log     strings.Builder
}

func (l *link) change(connected bool, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes = append(l.changes, fmt.Sprint(connected, " ", reason))
}

func (l *link) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(b)
}

func (l *link) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.changes) == 0 {
		return ""
	}
	return l.changes[len(l.changes)-1]
}

func (l *link) logged() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.String()
}

// start starts a publisher that is quick to try again, and has a state to publish.
func start(t testing.TB, p *mqtt.Publisher) *link {
	t.Helper()
	l := startWithoutState(t, p)
	p.State(state(p.Instance))
	return l
}

// startWithoutState is start whose caller gives the states.
func startWithoutState(t testing.TB, p *mqtt.Publisher) *link {
	t.Helper()
	l := &link{}
	if p.Outbox == nil {
		p.Outbox = &outbox.Outbox{Dir: t.TempDir()}
		p.Outbox.Initialize()
		t.Cleanup(func() {
			if err := p.Outbox.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	quick(p)
	p.OnChange = l.change
	p.Logger = slog.New(slog.NewTextHandler(l, nil))
	if err := p.Initialize(); err != nil {
		t.Fatal(err)
	}
	return l
}

func quick(p *mqtt.Publisher) {
	for d, v := range map[*time.Duration]time.Duration{&p.RetryMin: 10 * time.Millisecond, &p.RetryMax: 100 * time.Millisecond} {
		if *d == 0 {
			*d = v
		}
	}
	if p.Device == "" {
		p.Device = "door"
	}
	if p.Instance == "" {
		p.Instance = "i1"
	}
}

func finish(t testing.TB, p *mqtt.Publisher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
}

func event(seq int) report.Event {
	return report.Event{
		ID: fmt.Sprintf("door-i1-%d", seq), Seq: uint64(seq), Time: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC),
		Device: "door", Camera: "entrance", Track: 3, Label: "incorrect",
		Probabilities: report.Probabilities{Correct: 0.12345, Incorrect: 0.8, None: 0.07655},
		Votes:         report.Votes{Correct: 1, Incorrect: 8, Unknown: 2},
		Box:           [4]int{10, 20, 110, 140}, Picture: [2]int{768, 432}, Model: "maskwarden@1:0123abcd",
	}
}

// add puts an event into the outbox, under the number that it gets there.
func add(p *mqtt.Publisher, e report.Event) (seq uint64) {
	seq, _ = p.Outbox.Append(func(seq uint64, _ bool) []byte {
		e.Seq, e.ID = seq, fmt.Sprintf("door-%s-%d", p.Instance, seq)
		payload, err := e.Encode()
		if err != nil {
			panic(err)
		}
		return payload
	})
	return seq
}

func state(instance string) report.State {
	return report.State{
		Time: time.Now(), Device: "door", Instance: instance, Version: "1.0", Status: report.OK, Uptime: 12.3,
		Model: "maskwarden@1:0123abcd",
		Cameras: []report.Camera{{
			Name: "entrance", Status: report.OK, Since: time.Now(), FPS: 14.987, Frames: 180, Width: 768, Height: 432, People: 1,
		}},
	}
}

// publishForEver is the child that gets killed.
func publishForEver(address, dir string) error {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGXFSZ) // as the daemon does
	p := &mqtt.Publisher{Broker: "tcp://" + address, Outbox: &outbox.Outbox{Dir: dir, MaxEvents: childEvents}}
	p.Outbox.Initialize()
	quick(p)
	if err := p.Initialize(); err != nil {
		return err
	}
	if len(os.Args) > 2 {
		return writeFast(p)
	}
	for i := 1; ; i++ {
		p.State(state(p.Instance))
		add(p, event(i))
		time.Sleep(10 * time.Millisecond)
	}
}
