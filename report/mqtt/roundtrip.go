package mqtt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// RoundTrip publishes a random token to the device's topic selftest, not retained, and waits until the broker gives it back. A publisher that
// runs uses its own connection; one that was not initialized connects under a client id of its own.
func (p *Publisher) RoundTrip(ctx context.Context) (time.Duration, error) {
	if p.asked != nil {
		return p.ask(ctx)
	}
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
	topic := p.topics.selftest()
	sub := s.client.Subscribe(topic, 1, func(_ paho.Client, m paho.Message) {
		if string(m.Payload()) == nonce {
			notify(back)
		}
	})
	if err := s.wait(ctx, sub); err != nil {
		return 0, err
	}
	if refuses(sub, topic) {
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
		return 0, p.notBack()
	}
}

func (p *Publisher) notBack() error {
	return fmt.Errorf("%s took a message on %s, and did not give it back: may this user read and write there?", p.url.Host, p.topics.selftest())
}

// echo is a token that somebody waits for.
type echo struct {
	began time.Time
	back  chan time.Duration // room for one
}

// ask has the session send a token.
func (p *Publisher) ask(ctx context.Context) (time.Duration, error) {
	e := echo{time.Now(), make(chan time.Duration, 1)}
	select {
	case p.asked <- e:
	case <-p.done:
		return 0, errors.New("the daemon ends")
	case <-ctx.Done():
		return 0, fmt.Errorf("%s is not connected, or does not answer", p.url.Host)
	}
	select {
	case took := <-e.back:
		return took, nil
	case <-p.done:
		return 0, errors.New("the daemon ends")
	case <-ctx.Done():
		return 0, p.notBack()
	}
}

// echo sends a token for somebody.
func (s *session) echo(e echo) {
	token := rand.Text()
	if len(s.echoes) > window { // nobody waits for these any more
		clear(s.echoes)
	}
	s.echoes[token] = e
	s.client.Publish(s.topics.selftest(), 1, false, token)
}

// echoed hands out a token that came back.
func (s *session) echoed(token string) {
	if e, ok := s.echoes[token]; ok {
		delete(s.echoes, token)
		e.back <- time.Since(e.began)
	}
}
