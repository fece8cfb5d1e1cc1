package mqtt_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// chaosVariable is how often each thing is killed; make chaos sets it.
const chaosVariable = "MASKWARDEN_CHAOS"

func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(chaosVariable)
	if text == "" {
		return 5
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a number of kills", chaosVariable, text)
	}
	return n
}

// writer is a publisher in a process of its own, and the numbers of the events that anybody can have seen there.
type writer struct {
	cmd  *exec.Cmd
	done chan struct{}
	mu   sync.Mutex
	seen map[uint64]bool
}

func startWriter(t *testing.T, address, dir string, seen map[uint64]bool) *writer {
	t.Helper()
	w := &writer{cmd: exec.Command(os.Args[0], dir, "fast"), done: make(chan struct{}), seen: seen}
	w.cmd.Env = append(os.Environ(), childVariable+"="+address)
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() }) // a test that fails leaves no program running
	go func() {
		defer close(w.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if seq, err := strconv.ParseUint(strings.TrimSuffix(lines.Text(), "."), 10, 64); err == nil && strings.HasSuffix(lines.Text(), ".") {
				w.mu.Lock()
				w.seen[seq] = true
				w.mu.Unlock()
			}
		}
	}()
	return w
}

func (w *writer) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen)
}

func (w *writer) kill() {
	_ = w.cmd.Process.Kill()
	<-w.done
	_ = w.cmd.Wait()
}

// writeFast is the child: it prints the number of each event once it may be seen.
func writeFast(p *mqtt.Publisher) error {
	p.State(state(p.Instance))
	for i := 1; ; i++ {
		fmt.Printf("%d.\n", add(p, event(i)))
		time.Sleep(time.Millisecond)
	}
}

// TestChaos kills the publisher with SIGKILL, and the broker, and restarts that: each event that anybody can have seen arrives.
func TestChaos(t *testing.T) {
	for _, c := range []struct {
		fault string
		nats  bool
		harm  func(m *mosquitto) // nil: to the publisher
	}{
		{fault: "kill -9 of the publisher to mosquitto"},
		{fault: "kill -9 of mosquitto", harm: (*mosquitto).kill},
		{fault: "kill -9 of the publisher to NATS", nats: true},
		{fault: "kill -9 of NATS", nats: true, harm: (*mosquitto).kill},
		{fault: "restart of NATS", nats: true, harm: (*mosquitto).end},
	} {
		t.Run(c.fault, func(t *testing.T) {
			var m *mosquitto
			if c.nats {
				m = startNATS(t)
			} else {
				m = startMosquitto(t, unlimited()...)
			}
			n := kills(t)
			if c.nats {
				n = max(1, n/4)
			}
			harmAgain(t, m, n, c.fault, c.harm)
		})
	}
}

// unlimited has mosquitto hold nothing back from a reader.
func unlimited() []string { return []string{"max_inflight_messages 0", "max_queued_messages 0"} }

func harmAgain(t *testing.T, m *mosquitto, n int, fault string, harm func(*mosquitto)) {
	// A reader that acknowledges would lose what it has not read yet: the kernel resets a killed broker's connection while there
	// are acknowledgements that the broker did not read.
	r := startReaderWith(t, m, "0", "%t %p", "maskwarden/door/event")
	way := startProxy(t, m.addr)
	dir, seen := t.TempDir(), map[uint64]bool{}
	w := startWriter(t, way.addr(), dir, seen)
	for range n {
		before := w.count()
		until(t, "events", func() bool { return w.count() > before+200+rand.IntN(300) })
		if harm == nil {
			w.kill()
			w = startWriter(t, way.addr(), dir, seen)
			continue
		}
		harm(m)
		way.set(false, false) // the publisher must not be back before the reader: events are not retained
		m.start(t)
		r.ready(t, m)
		way.set(true, false)
	}
	w.kill()
	rest := &mqtt.Publisher{Broker: "tcp://" + m.addr, Outbox: &outbox.Outbox{Dir: dir}}
	rest.Outbox.Initialize()
	start(t, rest)
	until(t, "an empty outbox", func() bool { return rest.Outbox.State().Queued == 0 })
	lost := missing(t, r, seen)
	finish(t, rest)
	if err := rest.Outbox.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("chaos: %s, %d events | %d | %d | %d", fault, len(seen), n, n, lost)
	if lost > 0 || len(seen) < 200*n {
		t.Errorf("%d of %d events lost", lost, len(seen))
	}
}

// missing counts the events that have not come, once no more do.
func missing(t *testing.T, r *reader, seen map[uint64]bool) (lost int) {
	t.Helper()
	const quiet = 10 * time.Second
	for deadline := time.Now().Add(quiet); ; time.Sleep(100 * time.Millisecond) {
		got := map[uint64]bool{}
		numbers, _ := distinct(t, r)
		for _, seq := range numbers {
			got[seq] = true
		}
		now := 0
		for seq := range seen {
			if !got[seq] {
				now++
			}
		}
		if now != lost {
			lost, deadline = now, time.Now().Add(quiet)
		}
		if lost == 0 || time.Now().After(deadline) {
			return lost
		}
	}
}
