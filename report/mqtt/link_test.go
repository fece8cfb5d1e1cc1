package mqtt_test

import (
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// pour adds events, one every so often, until stop, which returns their numbers.
func pour(p *mqtt.Publisher, every time.Duration) (stop func() map[uint64]bool) {
	var ends atomic.Bool
	all := make(chan map[uint64]bool)
	go func() {
		seen := map[uint64]bool{}
		for i := 1; !ends.Load(); i++ {
			seen[add(p, event(i))] = true
			time.Sleep(every)
		}
		all <- seen
	}()
	return func() map[uint64]bool {
		ends.Store(true)
		return <-all
	}
}

// fresh waits until an event that is made now arrives.
func fresh(t *testing.T, p *mqtt.Publisher, r *reader, seen map[uint64]bool) {
	t.Helper()
	seq := add(p, event(0))
	seen[seq] = true
	until(t, "a new event arrives", func() bool { return r.has(seq) })
}

// TestNoBroker: a server that speaks something else is named as such.
func TestNoBroker(t *testing.T) {
	for what, answer := range map[string]string{
		"a web server": "HTTP/1.1 400 Bad Request\r\n\r\n", "a packet of another kind": "\x30\x04\x00\x01aX", "an unknown code": "\x20\x02\x00\xff",
	} {
		t.Run(what, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Read(make([]byte, 4096))
					_, _ = io.WriteString(c, answer)
					_ = c.(*net.TCPConn).CloseWrite()
					_, _ = io.Copy(io.Discard, c)
					_ = c.Close()
				}
			}()
			p := &mqtt.Publisher{Broker: "mqtt://" + l.Addr().String()}
			seen := start(t, p)
			until(t, "it is named", func() bool {
				return seen.last() == "false "+l.Addr().String()+" does not answer as an MQTT broker does: check address and port"
			})
			finish(t, p)
		})
	}
}

// TestChaosLink harms the network between publisher and broker: each event arrives once that is over.
func TestChaosLink(t *testing.T) {
	const timeout = 200 * time.Millisecond
	rest := func() { time.Sleep(time.Duration(20+rand.IntN(200)) * time.Millisecond) }
	for _, c := range []struct {
		fault string
		harm  func(t *testing.T, way *proxy, l *link)
	}{
		{"link cut in the middle of a packet", func(_ *testing.T, way *proxy, _ *link) { way.cutAfter(rand.IntN(5000), false); rest() }},
		{"link reset in the middle of a packet", func(_ *testing.T, way *proxy, _ *link) { way.cutAfter(rand.IntN(5000), true); rest() }},
		{"link that loses all and never ends (half open)", func(t *testing.T, way *proxy, l *link) {
			way.set(true, true)
			until(t, "it is noticed", func() bool { return strings.HasPrefix(l.last(), "false ") })
		}},
		{"link refused", func(t *testing.T, way *proxy, l *link) {
			way.set(false, false)
			until(t, "it is noticed", func() bool { return strings.HasPrefix(l.last(), "false ") })
		}},
		{"link of 1 kB a second", func(_ *testing.T, way *proxy, _ *link) { way.thin(1000); time.Sleep(2 * time.Second) }},
	} {
		t.Run(c.fault, func(t *testing.T) {
			m := startMosquitto(t, unlimited()...)
			r := startReaderWith(t, m, "0", "%t %p", "maskwarden/door/event")
			way := startProxy(t, m.addr)
			p := &mqtt.Publisher{Broker: "tcp://" + way.addr(), Timeout: timeout}
			l := start(t, p)
			n, seen := max(1, kills(t)/10), map[uint64]bool{}
			stop := pour(p, 5*time.Millisecond)
			for range n {
				fresh(t, p, r, seen)
				c.harm(t, way, l)
				way.heal()
				fresh(t, p, r, seen)
			}
			for seq := range stop() {
				seen[seq] = true
			}
			lost := missing(t, r, seen)
			t.Logf("chaos: %s, %d events | %d | %d | %d", c.fault, len(seen), n, n, lost)
			if lost > 0 {
				t.Errorf("%d of %d events lost", lost, len(seen))
			}
			finish(t, p)
		})
	}
}

// TestChaosLateAnswers has a link on which each answer of the broker comes later than mqtt's time-out, all the time: 12 s in the full form.
func TestChaosLateAnswers(t *testing.T) {
	timeout := 300 * time.Millisecond
	if kills(t) >= 100 {
		timeout = 10 * time.Second
	}
	late := timeout * 6 / 5
	m := startMosquitto(t, unlimited()...)
	r := startReaderWith(t, m, "0", "%t %p", "maskwarden/door/event")
	way := startProxy(t, m.addr)
	way.slow(late)
	p := &mqtt.Publisher{Broker: "tcp://" + way.addr(), Timeout: timeout, Outbox: &outbox.Outbox{Dir: t.TempDir()}}
	p.Outbox.Initialize()
	const events = 200 // three windows
	seen := map[uint64]bool{}
	for i := range events {
		seen[add(p, event(i))] = true
	}
	l := start(t, p)
	for end := time.Now().Add(30 * late); p.Outbox.State().Queued > 0 && time.Now().Before(end); time.Sleep(timeout / 10) {
	}
	lost := missing(t, r, seen)
	t.Logf("chaos: link whose answers come after %v, %d events | 1 | 1 | %d", late, events, lost)
	if lost > 0 || p.Outbox.State().Queued > 0 || strings.Contains(l.logged(), "not connected") {
		t.Errorf("%d events lost, %+v:\n%s", lost, p.Outbox.State(), l.logged())
	}
	finish(t, p)
	if err := p.Outbox.Close(); err != nil {
		t.Error(err)
	}
}
