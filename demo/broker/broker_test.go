package broker_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/demo/broker"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPublisherReachesTheDemosBroker(t *testing.T) {
	var mu sync.Mutex
	var received []string
	b := &broker.Broker{OnPublish: func(topic string, payload []byte) {
		mu.Lock()
		defer mu.Unlock()
		received = append(received, topic+" "+string(payload))
	}}
	if err := b.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if host, _, err := net.SplitHostPort(b.Addr()); err != nil || host != "127.0.0.1" {
		t.Errorf("listens at %s, want the loopback interface", b.Addr())
	}
	o := &outbox.Outbox{Dir: t.TempDir()}
	o.Initialize()
	p := &mqtt.Publisher{Broker: "tcp://" + b.Addr(), Device: "demo", Instance: "i", Outbox: o}
	p.Logger = slog.New(slog.DiscardHandler)
	p.State(report.State{Device: "demo"}) // the first thing that a connection brings
	if err := p.Initialize(); err != nil {
		t.Fatal(err)
	}
	o.Append(func(seq uint64, _ bool) []byte {
		payload, err := report.Event{ID: "demo-i-1", Seq: seq, Label: "none"}.Encode()
		if err != nil {
			t.Error(err)
		}
		return payload
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	until := func(n int) {
		for got := -1; got < n && ctx.Err() == nil; time.Sleep(time.Millisecond) {
			mu.Lock()
			got = len(received)
			mu.Unlock()
		}
	}
	until(3)
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	until(4)
	mu.Lock()
	defer mu.Unlock()
	if len(received) != 4 || !strings.HasPrefix(received[0], "maskwarden/demo/state {") || received[1] != "maskwarden/demo/availability online" ||
		!strings.HasPrefix(received[2], `maskwarden/demo/event {"schema":"maskwarden.event/1","id":"demo-i-1"`) ||
		received[3] != "maskwarden/demo/availability offline" {
		t.Errorf("received %q", received)
	}
}
