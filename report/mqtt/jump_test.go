//go:build clockjump

package mqtt_test

import (
	"crypto/x509"
	"math/big"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
)

// TestChaosClock sets the wall clock by years while events wait for the broker, as NTP does on a board without a clock chip, and back: the
// broker's certificate is then not yet valid or no longer. All arrive once the clock is right.
// It is built with a package time whose clock can be set, see mk/chaos.
func TestChaosClock(t *testing.T) {
	defer func() { time.Jump = 0 }()
	ca := newAuthority(t, "test CA")
	_, _, certPEM, keyPEM := ca.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	cert, key := write(t, "cert.pem", certPEM, 0o600), write(t, "key.pem", keyPEM, 0o600)
	settings := []string{"cafile " + write(t, "ca.pem", ca.pem, 0o600), "certfile " + cert, "keyfile " + key}
	for _, scheme := range []string{"mqtt", "mqtts"} {
		t.Run(scheme, func(t *testing.T) {
			m := startMosquitto(t, unlimited()...) // the reader's listener
			r := startReaderWith(t, m, "0", "%t %p", "maskwarden/door/event")
			to := m.addr
			if scheme == "mqtts" {
				to = m.listenToo(t, settings...)
				r.ready(t, m)
			}
			way := startProxy(t, to)
			p := &mqtt.Publisher{Broker: scheme + "://" + way.addr()}
			if scheme == "mqtts" {
				p.CAFile = write(t, "ca.pem", ca.pem, 0o600)
			}
			l := start(t, p)
			p.State(state(p.Instance))
			n, seen := max(1, kills(t)/10), map[uint64]bool{}
			some := func() {
				for i := range 20 {
					e := event(i)
					e.Time = time.Now()
					seen[add(p, e)] = true
				}
			}
			for range n {
				for _, years := range []int64{-50 - rand.Int64N(6), 30} {
					fresh(t, p, r, seen)
					way.set(false, false)
					some()
					time.Jump = years * 365 * 86400
					some()
					way.heal()
					if scheme == "mqtts" {
						until(t, "the certificate is named", func() bool { return strings.Contains(l.last(), "certificate has expired or is not yet valid") })
						some()
						time.Jump = 0
					}
					fresh(t, p, r, seen)
					p.State(state(p.Instance))
					time.Jump = 0 // while it is connected
					some()
					fresh(t, p, r, seen)
				}
			}
			lost := missing(t, r, seen)
			t.Logf("chaos: clock set by 30 to 55 years and back, broker with %s, %d events | %d | %d | %d", scheme, len(seen), 2*n, 2*n, lost)
			if lost > 0 || strings.Contains(l.logged(), "another daemon") {
				t.Errorf("%d of %d events lost; %s", lost, len(seen), l.logged())
			}
			finish(t, p)
		})
	}
}
