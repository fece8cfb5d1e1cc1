package mqtt_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// TestLossIsTold: readers hear of lost events once, also after a restart.
func TestLossIsTold(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/#")
	dir := t.TempDir()
	for run := range 2 {
		o := &outbox.Outbox{Dir: dir, MaxEvents: 2}
		o.Initialize()
		p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Outbox: o}
		if run == 0 {
			for i := range 5 {
				add(p, event(i))
			}
		}
		l := start(t, p)
		until(t, "online", func() bool { return l.last() == "true " })
		until(t, "an empty outbox", func() bool { return o.State().Queued == 0 })
		until(t, "the loss", func() bool { return len(r.received("maskwarden/door/loss ")) == 1 })
		finish(t, p)
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var loss report.Loss
	got := r.received("maskwarden/door/loss ")
	if err := json.Unmarshal([]byte(strings.TrimPrefix(got[0], "maskwarden/door/loss ")), &loss); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || loss.Schema != report.LossSchema || loss.Lost != 3 || loss.Total != 3 || loss.Reason != "the outbox is full" || loss.Instance != "i1" {
		t.Errorf("%d messages, %+v", len(got), loss)
	}
	if numbers, _ := distinct(t, r); len(numbers) != 2 || numbers[0] != 4 {
		t.Errorf("received %v", numbers)
	}
}

// TestNewEventsDoNotWaitForOldOnes: with thousands waiting, a new event is among the first that go.
func TestNewEventsDoNotWaitForOldOnes(t *testing.T) {
	m := startMosquitto(t, "max_inflight_messages 0", "max_queued_messages 0")
	r := startReader(t, m, "maskwarden/#")
	o := &outbox.Outbox{Dir: t.TempDir()}
	o.Initialize()
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Outbox: o}
	const waiting = 10_000
	for i := range waiting {
		add(p, event(i))
	}
	start(t, p)
	until(t, "the first", func() bool { return len(r.received("maskwarden/door/event ")) > 0 })
	before := len(r.received("maskwarden/door/event "))
	add(p, event(0))
	until(t, "all", func() bool { return len(r.received("maskwarden/door/event ")) >= waiting+1 })
	for at, line := range r.received("maskwarden/door/event ") {
		if strings.Contains(line, fmt.Sprintf(`"seq":%d,`, waiting+1)) && at > before+waiting/2 {
			t.Errorf("the new event came as number %d, when %d had come before it", at, before)
		}
	}
	finish(t, p)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkDrain is how fast events that wait reach mosquitto.
func BenchmarkDrain(b *testing.B) {
	m := startMosquitto(b, "max_inflight_messages 0", "max_queued_messages 0")
	o := &outbox.Outbox{Dir: b.TempDir(), MaxEvents: 1_000_000}
	o.Initialize()
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Outbox: o}
	for i := range b.N {
		add(p, event(i))
	}
	b.ResetTimer()
	began := time.Now()
	start(b, p)
	until(b, "an empty outbox", func() bool { return o.State().Queued == 0 })
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "events/s")
	b.StopTimer()
	finish(b, p)
	if err := o.Close(); err != nil {
		b.Fatal(err)
	}
}
