package mqtt_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
)

// TestChaosCertificates has a broker whose certificate cannot be trusted, until it gets another: events wait, for a reason that is named.
func TestChaosCertificates(t *testing.T) {
	ca, stranger := newAuthority(t, "test CA"), newAuthority(t, "stranger")
	caFile, here := write(t, "ca.pem", ca.pem, 0o600), []net.IP{net.IPv4(127, 0, 0, 1)}
	now := time.Now()
	good := &x509.Certificate{Subject: pkix.Name{CommonName: "broker"}, SerialNumber: big.NewInt(1), NotAfter: now.Add(time.Hour), IPAddresses: here}
	for _, c := range []struct {
		fault, want string
		by          *authority
		harm        func(c *x509.Certificate)
	}{
		{"expired", "certificate has expired", ca, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }},
		{"not yet valid", "is not yet valid", ca, func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour); c.NotAfter = now.Add(2 * time.Hour) }},
		{"for another host", "127.0.0.1", ca, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} }},
		{"of another authority", "unknown authority", stranger, func(*x509.Certificate) {}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			bad := *good
			c.harm(&bad)
			cert, key := write(t, "cert.pem", "", 0o600), write(t, "key.pem", "", 0o600)
			install := func(a *authority, from *x509.Certificate) {
				_, _, certPEM, keyPEM := a.sign(t, from)
				for path, text := range map[string]string{cert: certPEM, key: keyPEM} {
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			install(ca, good)
			m := startMosquitto(t, unlimited()...) // without TLS, for the reader
			r := startReaderWith(t, m, "0", "%t %p", "maskwarden/door/event")
			secure := m.listenToo(t, "cafile "+caFile, "certfile "+cert, "keyfile "+key)
			way := startProxy(t, secure)
			p := &mqtt.Publisher{Broker: "mqtts://" + way.addr(), CAFile: caFile}
			l := start(t, p)
			n, seen := max(1, kills(t)/20), map[uint64]bool{}
			stop := pour(p, 5*time.Millisecond)
			restart := func(a *authority, from *x509.Certificate) {
				way.set(false, false) // the publisher must not be back before the reader
				m.kill()
				install(a, from)
				m.start(t)
				r.ready(t, m)
				way.set(true, false)
			}
			for range n {
				restart(ca, good)
				fresh(t, p, r, seen)
				restart(c.by, &bad)
				until(t, c.want, func() bool {
					got, named := strings.CutPrefix(l.last(), "false the broker's certificate is not trusted: ")
					return named && strings.Contains(got, c.want)
				})
				seen[add(p, event(0))] = true
				if waits := p.Outbox.State().Queued; waits == 0 {
					t.Error("no event waits")
				}
				restart(ca, good)
				fresh(t, p, r, seen)
			}
			for seq := range stop() {
				seen[seq] = true
			}
			lost := missing(t, r, seen)
			t.Logf("chaos: broker's certificate %s, %d events | %d | %d | %d", c.fault, len(seen), n, n, lost)
			if lost > 0 {
				t.Errorf("%d of %d events lost", lost, len(seen))
			}
			finish(t, p)
		})
	}
}
