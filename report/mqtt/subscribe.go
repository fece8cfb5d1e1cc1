package mqtt

import (
	"context"
	"math/rand/v2"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// subscribe asks for commands, for states under our own name, for our own events and tokens, and for Home Assistant's starts.
func (s *session) subscribe(ctx context.Context) error {
	before := s.duplicates.wasPublished()
	handlers := map[string]paho.MessageHandler{
		s.topics.commands(): func(_ paho.Client, m paho.Message) { s.command(m) },
		s.topics.state(): func(_ paho.Client, m paho.Message) {
			if other := s.duplicates.observe(m.Payload(), s.Instance, m.Retained(), before); other != "" {
				notify(s.duplicate)
				s.notice("another daemon seems to use the same device id; give each its own, and see who may write the topic", "topic", m.Topic(),
					"device", s.Device, "instance", s.Instance, "other_instance", other)
			}
		},
		s.topics.event():    func(_ paho.Client, m paho.Message) { offer(s.back, m.Payload()) },
		s.topics.selftest(): func(_ paho.Client, m paho.Message) { offer(s.tokens, string(m.Payload())) },
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
		if refuses(token, topic) {
			s.refused = topic
			s.notice("the broker refuses a subscription", "topic", topic)
		}
	}
	return nil
}

// refuses says whether the broker's answer to a subscription is no (MQTT 3.1.1, 3.9.3).
func refuses(token paho.Token, topic string) bool {
	const failure = 0x80
	t, ok := token.(*paho.SubscribeToken)
	return ok && t.Result()[topic] == failure
}
