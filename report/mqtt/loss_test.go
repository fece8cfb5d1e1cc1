package mqtt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// distinct returns the numbers of the received events in their order, and how many came twice.
func distinct(t *testing.T, r *reader) (numbers []uint64, twice int) {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range r.received("maskwarden/door/event ") {
		var e report.Event
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "maskwarden/door/event ")), &e); err != nil {
			t.Fatal(err)
		}
		if seen[e.ID] {
			twice++
			continue
		}
		seen[e.ID] = true
		numbers = append(numbers, e.Seq)
	}
	slices.Sort(numbers)
	return numbers, twice
}

func upTo(n int) []uint64 {
	want := make([]uint64, n)
	for i := range want {
		want[i] = uint64(i + 1)
	}
	return want
}

// TestBrokerKilledInMidStream kills the broker under load, twice, and expects every event once its readers are back.
func TestBrokerKilledInMidStream(t *testing.T) {
	const events = 900
	// Without a limit the broker holds nothing back from the reader that it has acknowledged to the publisher.
	m := startMosquitto(t, "max_inflight_messages 0", "max_queued_messages 0")
	r := startReaderWith(t, m, "0", "%t %p", "maskwarden/#") // see TestChaos
	way := startProxy(t, m.addr)
	p := &mqtt.Publisher{Broker: "tcp://" + way.addr()}
	l := start(t, p)
	for i := 1; i <= events; i++ {
		add(p, event(i))
		if i == 300 || i == 600 {
			until(t, "some events", func() bool { return len(r.received("maskwarden/door/event ")) > i-300 })
			m.kill()
			way.set(false, false) // the publisher must not be back before the reader: events are not retained
			until(t, "loss is noticed", func() bool { return strings.HasPrefix(l.last(), "false ") })
		}
		if i == 350 || i == 650 {
			m.start(t)
			r.ready(t, m) // mosquitto_sub comes back by itself
			way.set(true, false)
		}
	}
	until(t, "every event", func() bool { n, _ := distinct(t, r); return len(n) >= events })
	got, twice := distinct(t, r)
	if diff := cmp.Diff(upTo(events), got); diff != "" {
		t.Error(diff)
	}
	t.Logf("%d events came twice", twice)
	until(t, "an empty outbox", func() bool { return p.Outbox.State() == report.Spool{} })
	finish(t, p)
}

// TestLostAcknowledgement lets events through but loses what the broker says: they must come again.
func TestLostAcknowledgement(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/#")
	way := startProxy(t, m.addr)
	p := &mqtt.Publisher{Broker: "tcp://" + way.addr(), Timeout: 300 * time.Millisecond}
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	way.set(true, true)
	for i := 1; i <= 5; i++ {
		add(p, event(i))
	}
	want := fmt.Sprintf("false %s accepts the connection, but does not answer within 1.8s", way.addr())
	until(t, "loss is noticed", func() bool { return l.last() == want })
	if got := p.Outbox.State().Queued; got != 5 {
		t.Errorf("%d events in the outbox, want 5", got)
	}
	way.set(false, false)
	way.set(true, false)
	until(t, "every event", func() bool { n, _ := distinct(t, r); return len(n) >= 5 })
	if got, _ := distinct(t, r); !cmp.Equal(got, upTo(5)) {
		t.Errorf("got %v", got)
	}
	finish(t, p)
}

// TestCloseKeepsWhatTheBrokerDidNotTake stops without a broker and starts again with one.
func TestCloseKeepsWhatTheBrokerDidNotTake(t *testing.T) {
	dir, addr := t.TempDir(), freeAddr(t)
	open := func() *outbox.Outbox {
		o := &outbox.Outbox{Dir: dir}
		o.Initialize()
		return o
	}
	p := &mqtt.Publisher{Broker: "tcp://" + addr, Outbox: open()}
	l := start(t, p)
	add(p, event(1))
	add(p, event(2))
	until(t, "refusal", func() bool { return l.last() == "false nothing listens at "+addr })
	finish(t, p)
	if err := p.Outbox.Close(); err != nil {
		t.Fatal(err)
	}

	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/#")
	again := &mqtt.Publisher{Broker: "tcp://" + m.addr, Outbox: open(), Instance: "i2"}
	start(t, again)
	again.State(state("i2"))
	add(again, event(3))
	until(t, "every event", func() bool { n, _ := distinct(t, r); return len(n) >= 3 })
	finish(t, again)
	if err := again.Outbox.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := distinct(t, r); !cmp.Equal(got, upTo(3)) {
		t.Errorf("got %v", got)
	}
	want := []string{"maskwarden/door/availability online", "maskwarden/door/availability offline"}
	until(t, "online and offline", func() bool { return cmp.Equal(r.received("maskwarden/door/availability"), want) })
}

// TestCloseDoesNotWaitForASilentBroker ends in time with events in the outbox.
func TestCloseDoesNotWaitForASilentBroker(t *testing.T) {
	m := startMosquitto(t)
	way := startProxy(t, m.addr)
	p := &mqtt.Publisher{Broker: "tcp://" + way.addr(), Timeout: time.Hour}
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	way.set(true, true)
	add(p, event(1))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	want := "mqtt: 1 events were not published in time; they stay in the outbox: context deadline exceeded"
	if err := p.Close(ctx); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestTwoDaemonsWithOneDeviceID lets two use one client id: both must notice and wait, neither may stall.
func TestTwoDaemonsWithOneDeviceID(t *testing.T) {
	m := startMosquitto(t)
	for run := range 2 { // in the second, the broker retains a state of the first: it must not count as another daemon
		a := &mqtt.Publisher{Broker: "tcp://" + m.addr, Instance: fmt.Sprint("a", run)}
		b := &mqtt.Publisher{Broker: "tcp://" + m.addr, Instance: fmt.Sprint("b", run)}
		a.RetryMax, b.RetryMax = 300*time.Millisecond, 300*time.Millisecond
		la := start(t, a)
		a.State(state(a.Instance))
		until(t, "a is online", func() bool { return la.last() == "true " })
		a.State(state(a.Instance))
		if strings.Contains(la.logged(), "another daemon") {
			t.Fatalf("run %d: alone, but log is %s", run, la.logged())
		}
		lb := start(t, b)
		b.State(state(b.Instance))
		for l, other := range map[*link]*mqtt.Publisher{la: b, lb: a} {
			want := fmt.Sprintf("another daemon uses device id door (instance %s)", other.Instance)
			until(t, want, func() bool { return strings.HasSuffix(l.last(), want) })
			log := l.logged()
			for _, part := range []string{"level=WARN", "another daemon seems to use the same device id", "other_instance=" + other.Instance} {
				if !strings.Contains(log, part) {
					t.Errorf("log %q, want %q in it", log, part)
				}
			}
			if n := strings.Count(log, "another daemon seems to use the same device id"); n != 1 {
				t.Errorf("warned %d times", n)
			}
		}
		finish(t, a)
		until(t, "b is alone", func() bool { return lb.last() == "true " })
		finish(t, b)
	}
}

// TestCloseWhileConnecting ends in time although the broker never answers.
func TestCloseWhileConnecting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &mqtt.Publisher{Broker: "tcp://" + l.Addr().String(), Timeout: time.Hour}
	start(t, p)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.Close(ctx) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("Close waits for the broker")
	}
}
