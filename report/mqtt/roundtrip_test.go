package mqtt_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/mqtt"
)

func TestRoundTrip(t *testing.T) {
	m := startMosquitto(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p := &mqtt.Publisher{Broker: "mqtt://" + m.addr, Device: "cam-7"}
	took, err := p.RoundTrip(ctx)
	if err != nil || took <= 0 || took > patience {
		t.Errorf("took %v: %v", took, err)
	}
}

func TestRoundTripFails(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "acl")
	if err := os.WriteFile(rules, []byte("topic read maskwarden/cam-7/#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	silent := startMosquitto(t, "acl_file "+rules)
	locked := startMosquitto(t, "allow_anonymous false")
	for _, c := range []struct {
		name, broker, device, want string
	}{
		{"nothing there", "mqtt://127.0.0.1:1", "cam-7", "nothing listens at 127.0.0.1:1"},
		{"no password", "mqtt://" + locked.addr, "cam-7", "the broker refuses the username or password"},
		{"read only", "mqtt://" + silent.addr, "cam-7", "took a message on maskwarden/cam-7/selftest, and did not give it back: may this user read and write there?"},
		{"no such scheme", "http://127.0.0.1:1", "cam-7", `broker "http://127.0.0.1:1": want mqtt, mqtts, tcp, ssl, ws or wss, ://, a host and a port`},
		{"no device", "mqtt://127.0.0.1:1", "", `device "": want 1 to 64 letters, digits, - and _`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := (&mqtt.Publisher{Broker: c.broker, Device: c.device}).RoundTrip(ctx)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
