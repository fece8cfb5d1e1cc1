package mqtt_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// TestNothingComesBeforeOnline: events and losses that wait for the first state come after it and after online, at every connection.
func TestNothingComesBeforeOnline(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/#")
	o := &outbox.Outbox{Dir: t.TempDir(), MaxEvents: 2}
	o.Initialize()
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Outbox: o}
	for i := range 3 { // one is lost
		add(p, event(i))
	}
	l := startWithoutState(t, p)
	until(t, "a connection", func() bool { return l.last() == "true " })
	if _, err := p.RoundTrip(t.Context()); err != nil { // the session is at work
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	p.State(state(p.Instance))
	until(t, "an empty outbox", func() bool { return o.State().Queued == 0 })
	until(t, "the events", func() bool { return len(r.received("maskwarden/door/event ")) == 2 })
	finish(t, p)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "offline", func() bool { return len(r.received("maskwarden/door/availability ")) == 2 })

	want := []string{"state", "availability", "loss", "event", "event", "availability"}
	var got []string
	for _, line := range r.received("maskwarden/door/") {
		topic, _, _ := strings.Cut(strings.TrimPrefix(line, "maskwarden/door/"), " ")
		if topic != "selftest" {
			got = append(got, topic)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("a reader receives %v, want %v", got, want)
	}
}

// TestCloseWithoutAState ends at once; what waits stays in the outbox.
func TestCloseWithoutAState(t *testing.T) {
	m := startMosquitto(t)
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr}
	l := startWithoutState(t, p)
	add(p, event(1))
	until(t, "a connection", func() bool { return l.last() == "true " })
	finish(t, p)
	if got := p.Outbox.State().Queued; got != 1 {
		t.Errorf("%d events wait, want 1", got)
	}
}
