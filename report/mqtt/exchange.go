package mqtt

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// dial opens the connection, with TLS where the address asks for it.
func (s *session) dial(ctx context.Context, u *url.URL, o *paho.ClientOptions) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: s.Timeout}
	switch u.Scheme {
	case "ws", "wss":
		return paho.NewWebsocket(u.String(), o.TLSConfig, s.Timeout, nil, nil)
	case "ssl", "mqtts":
		return (&tls.Dialer{NetDialer: dialer, Config: o.TLSConfig}).DialContext(ctx, "tcp", u.Host)
	default:
		return dialer.DialContext(ctx, "tcp", u.Host)
	}
}

// subscribe asks for commands, for states under our own name, and for Home Assistant's starts.
func (s *session) subscribe(ctx context.Context) error {
	before := s.duplicates.wasPublished()
	handlers := map[string]paho.MessageHandler{
		s.topics.commands(): func(_ paho.Client, m paho.Message) { s.command(m) },
		s.topics.state(): func(_ paho.Client, m paho.Message) {
			if other, first := s.duplicates.observe(m.Payload(), s.Instance, m.Retained(), before); other != "" {
				notify(s.duplicate)
				if first {
					s.Logger.Warn("another daemon uses the same device id; give each its own", "device", s.Device,
						"instance", s.Instance, "other_instance", other)
				}
			}
		},
	}
	if s.Discovery {
		handlers[s.DiscoveryPrefix+"/status"] = func(_ paho.Client, m paho.Message) {
			if string(m.Payload()) == "online" && !m.Retained() {
				time.AfterFunc(rand.N(s.Timeout/2), func() { notify(s.again) })
			}
		}
	}
	for topic, handle := range handlers {
		token := s.client.Subscribe(topic, 1, handle)
		if err := s.wait(ctx, token); err != nil {
			return err
		}
		t, ok := token.(*paho.SubscribeToken)
		const refused = 0x80
		if ok && t.Result()[topic] == refused && !s.warned {
			s.warned = true
			s.Logger.Warn("the broker refuses a subscription", "topic", topic)
		}
	}
	return nil
}

// command does what a message on the command topics asks for. A retained one was meant for somebody before.
func (s *session) command(m paho.Message) {
	switch {
	case m.Retained():
		s.Logger.Warn("a retained command is ignored; publish commands without retain", "topic", m.Topic())
	case m.Topic() == s.topics.command("state"):
		s.refresh()
	case m.Topic() == s.topics.command("selftest") && s.OnSelfTest != nil:
		s.Logger.Info("self-test requested", "topic", m.Topic())
		s.OnSelfTest()
	default:
		s.Logger.Warn("an unknown command is ignored, want cmd/state or cmd/selftest", "topic", m.Topic())
	}
}

// publishState publishes the last state, and discovery where it is new on this connection.
func (s *session) publishState(ctx context.Context) error {
	select {
	case <-s.states: // this is it
	default:
	}
	s.mu.Lock()
	state, home := s.state, s.Publisher.home
	s.mu.Unlock()
	if state == nil {
		return nil
	}
	if s.Discovery && string(home) != string(s.home) {
		if err := s.send(ctx, s.discoveryTopic(), true, home); err != nil {
			return err
		}
		s.home = home
	}
	if err := s.send(ctx, s.topics.state(), true, state); err != nil {
		return err
	}
	s.duplicates.setPublished()
	s.published, s.sent = time.Now(), state
	return nil
}

// publishLoss tells readers of lost events, once.
func (s *session) publishLoss(ctx context.Context) error {
	lost, total, why := s.Outbox.Untold()
	if lost == 0 {
		return nil
	}
	payload, err := report.Loss{Time: time.Now(), Device: s.Device, Instance: s.Instance, Lost: lost, Total: total, Reason: why}.Encode()
	if err != nil {
		return err
	}
	if err := s.send(ctx, s.topics.loss(), false, payload); err != nil {
		return err
	}
	s.Outbox.Told(total)
	return nil
}

// sending is an event on its way.
type sending struct {
	entry outbox.Entry
	token paho.Token
	since time.Time
}

// publishEvents removes from the outbox what the broker has acknowledged, and fills the window. It returns what the next acknowledgement
// comes on, nil when nothing is on its way.
func (s *session) publishEvents() (next <-chan struct{}, err error) {
	for len(s.way) > 0 {
		first := &s.way[0]
		select {
		case <-first.token.Done():
		default:
			if time.Since(first.since) > s.Timeout {
				return nil, errNoAnswer
			}
			s.fill()
			return first.token.Done(), nil
		}
		if err := first.token.Error(); err != nil {
			return nil, fmt.Errorf("publish: %w", err)
		}
		s.Outbox.Ack(first.entry)
		s.way = s.way[1:]
	}
	if s.fill(); len(s.way) > 0 {
		return s.way[0].token.Done(), nil
	}
	return nil, nil
}

// fill publishes events until the window is full.
func (s *session) fill() {
	for _, e := range s.Outbox.Take(window - len(s.way)) {
		s.way = append(s.way, sending{e, s.client.Publish(s.topics.event(), 1, false, e.Payload), time.Now()})
	}
}

func (s *session) send(ctx context.Context, topic string, retained bool, payload []byte) error {
	return s.wait(ctx, s.client.Publish(topic, 1, retained, payload))
}

// wait waits for the broker's acknowledgement.
func (s *session) wait(ctx context.Context, t paho.Token) error {
	timer := time.NewTimer(s.Timeout)
	defer timer.Stop()
	select {
	case <-t.Done():
		if err := t.Error(); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errNoAnswer
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
