package host

import (
	"context"
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

const (
	mqttLimit   = 2 * time.Second // a slower answer warns
	mqttTimeout = 5 * time.Second
)

// MQTT checks that a message sent through the broker comes back. The value is the time until it was back.
func MQTT(h *Host) selftest.Check {
	return selftest.Check{
		Name: "mqtt", Severity: selftest.Drift,
		Asks:   "does a message come back through the configured broker? The user must be allowed to read and write `PREFIX/DEVICE/selftest`",
		Remedy: "broker, network, user, certificates",
		Needs:  []selftest.Need{h.broker("no broker is configured")},
		Run:    h.mqtt,
	}
}

// broker is the need of a broker; without says what its absence means.
func (h *Host) broker(without string) selftest.Need {
	return selftest.Need{Name: "a broker", Lacks: func() string {
		if h.Broker == "" {
			return without
		}
		return ""
	}}
}

func (h *Host) mqtt(ctx context.Context, _ uint64) selftest.Result {
	if h.Connected != nil && !h.Connected() {
		return selftest.Skip("the daemon does not reach the broker: its state says why")
	}
	ctx, cancel := context.WithTimeout(ctx, mqttTimeout)
	defer cancel()
	took, err := h.RoundTrip(ctx)
	if err != nil {
		return selftest.Failed(fmt.Errorf("%s: %w", h.Broker, err), "see whether the broker runs, and mqtt.username, password_file and certificates")
	}
	r := selftest.Scale{
		Quantity: "round trip", Unit: "s", Bound: selftest.AtMost, Warn: mqttLimit.Seconds(), Hint: "the network or the broker is slow",
	}.Grade(selftest.Rounded(took.Seconds()))
	r.Detail = "through " + h.Broker
	return r
}
