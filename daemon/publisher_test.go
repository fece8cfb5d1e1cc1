package daemon

import (
	"context"
	"log/slog"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// stuckLog holds whoever logs one message for the first time, until it is let go.
type stuckLog struct {
	slog.Handler
	message string
	once    *atomic.Bool
	held    chan struct{} // closed when somebody is held
	let     chan struct{}
}

func (l stuckLog) Enabled(context.Context, slog.Level) bool { return true }

func (l stuckLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == l.message && l.once.CompareAndSwap(false, true) {
		close(l.held)
		<-l.let
	}
	return nil
}

// TestHungPublisher has the goroutine of the connection to the broker stand still: it is named, another takes its place, and every event arrives.
func TestHungPublisher(t *testing.T) {
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	broker := exec.Command("mosquitto", "-p", port)
	if err := broker.Start(); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	defer func() { _ = broker.Process.Kill(); _ = broker.Wait() }()

	d := parked(t)
	d.Config.Device, d.Config.StateDir = "unit", t.TempDir()
	d.Config.MQTT = config.MQTT{Broker: config.Broker("mqtt://" + address), Prefix: "maskwarden", SpoolEvents: 100}
	log := stuckLog{message: "connected to the broker", once: &atomic.Bool{}, held: make(chan struct{}), let: make(chan struct{})}
	d.Logger = slog.New(log)
	d.outbox = &outbox.Outbox{Dir: d.Config.StateDir, Logger: slog.New(slog.DiscardHandler)}
	d.outbox.Initialize()
	d.board.opened("", d.outbox.State)
	if err := d.startPublisher(); err != nil {
		t.Fatal(err)
	}
	first := d.publisher.Load()
	first.State(d.State())
	<-log.held
	d.outbox.Append(func(seq uint64, _ bool) []byte { return []byte(`{"schema":"maskwarden.event/1"}`) })

	w := newWatcher(d, nil)
	now := time.Now()
	for _, c := range []struct {
		forward  time.Duration
		replaced bool
	}{{0, false}, {time.Minute, false}, {4 * time.Minute, false}, {secondLook, true}} {
		now = now.Add(c.forward)
		next := w.step(now)
		if replaced := d.publisher.Load() != first; replaced != c.replaced || next.Before(now) {
			t.Errorf("after %v: replaced %t, want %t; next %v", c.forward, replaced, c.replaced, next.Sub(now))
		}
	}
	if s := d.State(); !slices.Contains(s.Reasons, report.BrokerSubject+": the connection hung and is begun again") && !d.board.connected() {
		t.Errorf("reasons %q", s.Reasons) // it may have connected by now
	}
	waitUntil(t, "the event arrives", func() bool { return d.board.connected() && d.outbox.State().Queued == 0 })
	close(log.let) // it moves after all, and says nothing any more
	waitUntil(t, "the new connection stays", func() bool { return d.board.connected() && !d.publisher.Load().Hangs(time.Now()) })
	if text := strings.Join(d.State().Reasons, ", "); strings.Contains(text, report.BrokerSubject) {
		t.Error(text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, p := range []*mqtt.Publisher{first, d.publisher.Load()} {
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	if err := d.outbox.Close(); err != nil {
		t.Error(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain until %s", what)
}
