package mqtt_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSilentBroker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts; nobody ever answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for scheme, what := range map[string]string{"tcp": "accepts the connection, but does not answer within 1.2s", "ws": "does not answer within 200ms"} {
		p := &mqtt.Publisher{Broker: scheme + "://" + l.Addr().String(), Timeout: 200 * time.Millisecond}
		link := start(t, p)
		for i := 1; i <= 1000; i++ {
			add(p, event(i))
		}
		want := fmt.Sprintf("false %v %s", l.Addr(), what)
		until(t, want, func() bool { return link.last() == want })
		if got := p.Outbox.State(); got.Queued != 1000 {
			t.Errorf("got %+v, want 1000 queued", got)
		}
		finish(t, p)
	}
}

func TestUnknownHost(t *testing.T) {
	p := &mqtt.Publisher{Broker: "mqtt://no-such-broker.invalid"}
	l := start(t, p)
	want := "false the name no-such-broker.invalid cannot be resolved"
	until(t, want, func() bool { return l.last() == want })
	finish(t, p)
}

func TestPassword(t *testing.T) {
	file := write(t, "users", "", 0o600)
	if out, err := exec.Command("mosquitto_passwd", "-b", file, "door", "right").CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_passwd: %v %s: run `make setup`", err, out)
	}
	m := startMosquitto(t, "allow_anonymous false", "password_file "+file)
	secret := write(t, "password", "wrong\n", 0o600)
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Username: "door", PasswordFile: secret}
	l := start(t, p)
	const refused = "false the broker refuses the username or password"
	until(t, refused, func() bool { return l.last() == refused })
	if err := os.WriteFile(secret, []byte("right\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "connected with the new password", func() bool { return l.last() == "true " })
	if log := l.logged(); strings.Contains(log, "wrong") || strings.Contains(log, "right") {
		t.Errorf("the log holds a password: %s", log)
	}
	finish(t, p)
}

// authority signs certificates for the tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key, a.pem, _ = a.sign(t, template)
	return a
}

// issue returns the files of a certificate for 127.0.0.1 and its key.
func (a *authority) issue(t *testing.T, name string) (cert, key string) {
	t.Helper()
	_, _, certPEM, keyPEM := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	return write(t, "cert.pem", certPEM, 0o600), write(t, "key.pem", keyPEM, 0o600)
}

func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, string, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return cert, key, block("CERTIFICATE", der), block("PRIVATE KEY", private)
}

func TestTLS(t *testing.T) {
	ca, stranger := newAuthority(t, "test CA"), newAuthority(t, "stranger")
	caFile, strangerFile := write(t, "ca.pem", ca.pem, 0o600), write(t, "ca.pem", stranger.pem, 0o600)
	serverCert, serverKey := ca.issue(t, "broker")
	clientCert, clientKey := ca.issue(t, "door")
	settings := []string{"cafile " + caFile, "certfile " + serverCert, "keyfile " + serverKey}
	plain := startMosquitto(t)
	server := startMosquitto(t, settings...)
	mutual := startMosquitto(t, append(settings, "require_certificate true")...)
	for name, c := range map[string]struct {
		p    *mqtt.Publisher
		want string
	}{
		"trusted":            {&mqtt.Publisher{Broker: "mqtts://" + server.addr, CAFile: caFile}, "true "},
		"ssl":                {&mqtt.Publisher{Broker: "ssl://" + server.addr, CAFile: caFile}, "true "},
		"system's own roots": {&mqtt.Publisher{Broker: "mqtts://" + server.addr}, "false the broker's certificate is not trusted: "},
		"another authority":  {&mqtt.Publisher{Broker: "mqtts://" + server.addr, CAFile: strangerFile}, "false the broker's certificate is not trusted: "},
		"mutual":             {&mqtt.Publisher{Broker: "mqtts://" + mutual.addr, CAFile: caFile, CertFile: clientCert, KeyFile: clientKey}, "true "},
		"without own":        {&mqtt.Publisher{Broker: "mqtts://" + mutual.addr, CAFile: caFile}, "false the broker refuses TLS: "},
		"TLS to plain":       {&mqtt.Publisher{Broker: "mqtts://" + plain.addr, CAFile: caFile, Timeout: time.Second}, "false cannot connect to " + plain.addr + ": "},
		"plain to TLS":       {&mqtt.Publisher{Broker: "mqtt://" + server.addr, Timeout: time.Second}, "false cannot connect to " + server.addr + ": "},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.p
			l := start(t, p)
			until(t, c.want, func() bool { return strings.HasPrefix(l.last(), c.want) })
			t.Log(l.last())
			finish(t, p)
		})
	}
}

func TestWebsocket(t *testing.T) {
	ws := freeAddr(t)
	_, port, _ := net.SplitHostPort(ws)
	w := startMosquitto(t, "listener "+port+" 127.0.0.1", "protocol websockets")
	p := &mqtt.Publisher{Broker: "ws://" + ws}
	r := startReader(t, w, "maskwarden/#")
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	add(p, event(1))
	until(t, "the event", func() bool { n, _ := distinct(t, r); return len(n) == 1 })
	finish(t, p)
}

func TestSettingsThatCannotWork(t *testing.T) {
	shut := write(t, "password", "secret", 0o600)
	text := write(t, "text", "no certificate", 0o600)
	cert, _ := newAuthority(t, "test CA").issue(t, "door")
	for _, c := range []struct {
		p    *mqtt.Publisher
		want string
	}{
		{&mqtt.Publisher{}, "mqtt: broker: want an address such as mqtt://192.168.1.10:1883, got nothing"},
		{&mqtt.Publisher{Broker: "mqtt://h:\x7f"}, "mqtt: broker: want an address such as mqtt://192.168.1.10:1883, got none"},
		{&mqtt.Publisher{Broker: "http://h"}, `mqtt: broker "http://h": want mqtt, mqtts, tcp, ssl, ws or wss, ://, a host and a port`},
		{&mqtt.Publisher{Broker: "localhost"}, `mqtt: broker "localhost": want mqtt, mqtts, tcp, ssl, ws or wss, ://, a host and a port`},
		{&mqtt.Publisher{Broker: "mqtt://me:secret@h"}, "mqtt: broker: want no user or password in the address; set username and password_file"},
		{&mqtt.Publisher{Broker: "mqtt://h", Device: "a/b"}, `mqtt: device "a/b": want 1 to 64 letters, digits, - and _`},
		{&mqtt.Publisher{Broker: "mqtt://h", Prefix: "a//b"}, `mqtt: prefix "a//b": want topic levels without +, # and $, joined by /`},
		{&mqtt.Publisher{Broker: "mqtt://h", PasswordFile: shut}, "mqtt: password_file: want a username with it"},
		{&mqtt.Publisher{Broker: "mqtt://h", CAFile: text}, "mqtt: ca_file, cert_file and key_file want a broker with mqtts:// or wss://, got mqtt://"},
		{&mqtt.Publisher{Broker: "mqtts://h", CertFile: cert}, "mqtt: cert_file and key_file: want both or none"},
	} {
		p := c.p
		quick(p)
		p.Outbox = &outbox.Outbox{}
		err := p.Initialize()
		if got := fmt.Sprint(err); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestFilesThatCannotBeUsed: a file may be put right while the daemon runs, so that it is a reason not to connect and no reason to end.
func TestFilesThatCannotBeUsed(t *testing.T) {
	open, shut := write(t, "password", "secret", 0o644), write(t, "password", "secret", 0o600)
	text := write(t, "text", "no certificate", 0o600)
	cert, key := newAuthority(t, "test CA").issue(t, "door")
	openKey := write(t, "key.pem", "x", 0o640)
	for _, c := range []struct {
		p    *mqtt.Publisher
		want string
	}{
		{&mqtt.Publisher{Broker: "mqtt://h", Username: "u", PasswordFile: open}, "password_file OPEN can be read by others (mode 0644): chmod 600 OPEN"},
		{&mqtt.Publisher{Broker: "mqtt://h", Username: "u", PasswordFile: "/no"}, "password_file: stat /no: no such file or directory"},
		{&mqtt.Publisher{Broker: "mqtts://h", CAFile: text}, "ca_file TEXT holds no PEM certificate"},
		{&mqtt.Publisher{Broker: "mqtts://h", CAFile: "/no"}, "ca_file: open /no: no such file or directory"},
		{&mqtt.Publisher{Broker: "mqtts://h", CertFile: cert, KeyFile: openKey}, "key_file KEY can be read by others (mode 0640): chmod 600 KEY"},
		{&mqtt.Publisher{Broker: "mqtts://h", CertFile: key, KeyFile: cert}, "cert_file"},
	} {
		l := start(t, c.p)
		until(t, c.want, func() bool {
			got := strings.NewReplacer(open, "OPEN", text, "TEXT", openKey, "KEY").Replace(l.last())
			return got == "false "+c.want || c.want == "cert_file" && strings.HasPrefix(got, "false cert_file")
		})
		finish(t, c.p)
	}
	m := startMosquitto(t)
	late := filepath.Join(t.TempDir(), "password")
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Username: "u", PasswordFile: late}
	l := start(t, p)
	until(t, "the missing file", func() bool { return strings.HasPrefix(l.last(), "false password_file: ") })
	if err := os.Rename(shut, late); err != nil {
		t.Fatal(err)
	}
	until(t, "connected", func() bool { return l.last() == "true " })
	finish(t, p)
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(openKey)) // as systemd shows what LoadCredential= hands over
	p = &mqtt.Publisher{Broker: "mqtt://" + m.addr, Username: "u", PasswordFile: openKey}
	l = start(t, p)
	until(t, "connected with a credential", func() bool { return l.last() == "true " })
	finish(t, p)
}
