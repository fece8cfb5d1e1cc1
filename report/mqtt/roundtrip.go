package mqtt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// RoundTrip connects next to the daemon, under a client id of its own. It publishes a random token to the device's topic selftest, not
// retained, and waits until the broker gives it back. It is for a publisher that was not initialized, and touches nothing of one that was.
func (p *Publisher) RoundTrip(ctx context.Context) (time.Duration, error) {
	q := &Publisher{
		Broker: p.Broker, Device: p.Device, Prefix: p.Prefix, Username: p.Username, PasswordFile: p.PasswordFile,
		CAFile: p.CAFile, CertFile: p.CertFile, KeyFile: p.KeyFile, Timeout: p.Timeout,
	}
	if deadline, ok := ctx.Deadline(); ok {
		q.Timeout = max(time.Millisecond, time.Until(deadline)) // the client's own time-outs are not ctx's
	}
	q.setDefaults()
	if err := checkTopic(q.Device, q.Prefix); err != nil {
		return 0, err
	}
	var err error
	if q.url, err = parseBroker(q.Broker); err != nil {
		return 0, err
	}
	took, err := q.roundTrip(ctx)
	if err != nil {
		return 0, errors.New(reason(err, q.url.Host, q.Timeout))
	}
	return took, nil
}

func (p *Publisher) roundTrip(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx) // closes the connection in any case
	defer cancel()
	s := &session{Publisher: p, lost: make(chan error, 1)}
	o, err := s.options(ctx)
	if err != nil {
		return 0, err
	}
	nonce := rand.Text()
	o.SetClientID("maskwarden-selftest-" + nonce[:10])
	o.WillEnabled, o.WillQos, o.WillRetained = false, 0, false // UnsetWill leaves flags that a broker must refuse
	s.client = paho.NewClient(o)
	token := s.client.Connect()
	<-token.Done() // Timeout and ctx end it
	if err := token.Error(); err != nil {
		return 0, err //nolint:wrapcheck // reason tells it apart
	}
	defer s.client.Disconnect(quiesce)
	back := make(chan struct{}, 1)
	topic := p.topics.root + "/selftest"
	sub := s.client.Subscribe(topic, 1, func(_ paho.Client, m paho.Message) {
		if string(m.Payload()) == nonce {
			notify(back)
		}
	})
	if err := s.wait(ctx, sub); err != nil {
		return 0, err
	}
	const refused = 0x80
	if t, ok := sub.(*paho.SubscribeToken); ok && t.Result()[topic] == refused {
		return 0, fmt.Errorf("the broker lets nobody read %s: allow it for this user", topic)
	}
	from := time.Now()
	if err := s.send(ctx, topic, false, []byte(nonce)); err != nil {
		return 0, err
	}
	select {
	case <-back:
		return time.Since(from), nil
	case err := <-s.lost:
		return 0, fmt.Errorf("%w: %w", errLost, err)
	case <-ctx.Done():
		return 0, fmt.Errorf("%s took a message on %s, and did not give it back: may this user write there?", p.url.Host, topic)
	}
}
