// Package broker is the demo's own MQTT broker, on the loopback interface.
package broker

import (
	"fmt"
	"log/slog"
	"math"
	"strings"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Broker accepts everybody on this machine; nobody else can reach it.
type Broker struct {
	OnPublish func(topic string, payload []byte) // called for every message of a client, from several goroutines
	Logger    *slog.Logger                       // the broker's own log, nil for none

	server *mochi.Server
	listen *listeners.TCP
}

// Initialize starts the broker on a free port.
func (b *Broker) Initialize() error {
	logger := b.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	const hour = 3600
	b.server = mochi.New(&mochi.Options{Logger: logger, InlineClient: true, SysTopicResendInterval: hour})
	if err := b.server.AddHook(new(auth.AllowHook), nil); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	b.listen = listeners.NewTCP(listeners.Config{ID: "demo", Address: "127.0.0.1:0"})
	if err := b.server.AddListener(b.listen); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	if b.OnPublish != nil {
		err := b.server.Subscribe("#", math.MaxInt16, func(_ *mochi.Client, _ packets.Subscription, p packets.Packet) {
			if !strings.HasPrefix(p.TopicName, "$") { // the broker's own
				b.OnPublish(p.TopicName, p.Payload)
			}
		})
		if err != nil {
			return fmt.Errorf("broker: %w", err)
		}
	}
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	return nil
}

// Addr returns the host and port on which the broker listens.
func (b *Broker) Addr() string { return b.listen.Address() }

// Close disconnects everybody and stops.
func (b *Broker) Close() {
	_ = b.server.Close() // it never fails
}
