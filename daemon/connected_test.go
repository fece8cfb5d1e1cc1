package daemon

import (
	"context"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// TestConnected asks the broker only while the daemon reaches it.
func TestConnected(t *testing.T) {
	asked, online := 0, false
	c := connected{
		selftest.MQTT{Broker: "mqtt://b", RoundTrip: func(context.Context) (time.Duration, error) { asked++; return time.Millisecond, nil }},
		func() bool { return online },
	}
	if r := c.Run(t.Context()); r.Result != selftest.Skipped || r.Detail != "the broker is not reached: the daemon's state tells of it" || asked != 0 {
		t.Errorf("got %+v after %d questions", r, asked)
	}
	online = true
	if r := c.Run(t.Context()); r.Result != selftest.Pass || c.Name() != "mqtt" || asked != 1 {
		t.Errorf("got %+v after %d questions", r, asked)
	}
}
