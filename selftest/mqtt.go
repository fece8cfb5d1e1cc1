package selftest

import (
	"context"
	"fmt"
	"time"
)

// MQTT checks that a message sent through the broker comes back.
type MQTT struct {
	RoundTrip func(context.Context) (time.Duration, error) // nil: there is no broker
	Broker    string                                       // its address
}

const (
	mqttLimit   = 2 * time.Second // for an answer that warns of nothing
	mqttTimeout = 5 * time.Second
)

// Name implements Check.
func (MQTT) Name() string { return "mqtt" }

// Run implements Check. Value is the time until the message was back.
func (c MQTT) Run(ctx context.Context) Result {
	if c.RoundTrip == nil {
		return skip("no broker is configured")
	}
	r := Result{Result: Fail, Limit: mqttLimit.Seconds(), Unit: "s", Hint: "see whether the broker runs, and mqtt.username, password_file and certificates"}
	ctx, cancel := context.WithTimeout(ctx, mqttTimeout)
	defer cancel()
	took, err := c.RoundTrip(ctx)
	if err != nil {
		r.Detail = fmt.Sprintf("%s: %v", c.Broker, err)
		return r
	}
	r.Result, r.Value, r.Hint, r.Detail = Pass, rounded(took.Seconds()), "", "there and back through "+c.Broker
	if took > mqttLimit {
		r.Result, r.Hint = Warn, "the network or the broker is slow"
	}
	return r
}
