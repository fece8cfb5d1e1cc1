package mqtt_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// TestChaosTwins runs two daemons with one device id, each with its own state folder: both say so, both go on, and when one got
// another id all events of both arrive.
func TestChaosTwins(t *testing.T) {
	m := startMosquitto(t, unlimited()...)
	r := startReaderWith(t, m, "0", "%t %p", "maskwarden/+/event")
	n, events, lost := max(1, kills(t)/20), 0, 0
	for try := range n {
		seen := map[string]bool{}
		var twins []*mqtt.Publisher
		var links []*link
		var stops []func() map[uint64]bool
		for i := range 2 {
			o := &outbox.Outbox{Dir: t.TempDir(), MaxEvents: 100_000}
			o.Initialize()
			p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Instance: fmt.Sprintf("%c%d", 'a'+i, try), Outbox: o, RetryMax: 300 * time.Millisecond}
			twins, links = append(twins, p), append(links, start(t, p))
			stops = append(stops, pour(p, 5*time.Millisecond))
		}
		for i, l := range links {
			want := fmt.Sprintf("another daemon uses device id door (instance %s)", twins[1-i].Instance)
			until(t, want, func() bool { return strings.HasSuffix(l.last(), want) })
		}
		for i, p := range twins { // neither has ended: both still take events
			for seq := range stops[i]() {
				seen[fmt.Sprintf("door-%s-%d", p.Instance, seq)] = true
			}
		}
		finish(t, twins[0])
		renamed := &mqtt.Publisher{Broker: "tcp://" + m.addr, Device: "gate", Instance: twins[0].Instance, Outbox: twins[0].Outbox}
		start(t, renamed)
		for _, p := range twins {
			until(t, "an empty outbox", func() bool { return p.Outbox.State().Queued == 0 })
		}
		finish(t, renamed)
		finish(t, twins[1])
		for _, p := range twins {
			if err := p.Outbox.Close(); err != nil {
				t.Error(err)
			}
		}
		events += len(seen)
		lost += strangers(r, seen)
	}
	t.Logf("chaos: two daemons with one device id, %d events | %d | %d | %d", events, n, n, lost)
	if lost > 0 || events < 100*n {
		t.Errorf("%d of %d events lost", lost, events)
	}
}

// strangers counts the ids that do not come.
func strangers(r *reader, ids map[string]bool) (n int) {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		n = 0
		lines := r.received("maskwarden/")
		come := map[string]bool{}
		for _, line := range lines {
			if _, rest, ok := strings.Cut(line, `"id":"`); ok {
				id, _, _ := strings.Cut(rest, `"`)
				come[id] = true
			}
		}
		for id := range ids {
			if !come[id] {
				n++
			}
		}
		if n == 0 || time.Now().After(end) {
			return n
		}
	}
}
