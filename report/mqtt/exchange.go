package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/sys/unix"

	"github.com/maskwarden/maskwarden/report"
)

// dial opens the connection, with TLS where the address asks for it.
func (s *session) dial(ctx context.Context, u *url.URL, o *paho.ClientOptions) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: s.Timeout, Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		limit := int(max(s.Timeout, time.Second).Milliseconds())
		return errors.Join(c.Control(func(fd uintptr) { // a dead link is noticed by what is not acknowledged, not by a slow broker
			err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, limit)
		}), err)
	}}
	switch u.Scheme {
	case "ws", "wss":
		return paho.NewWebsocket(u.String(), o.TLSConfig, s.Timeout, nil, nil)
	case "ssl", "mqtts":
		return (&tls.Dialer{NetDialer: dialer, Config: o.TLSConfig}).DialContext(ctx, "tcp", u.Host)
	default:
		return dialer.DialContext(ctx, "tcp", u.Host)
	}
}

// publishState publishes the last state, and discovery where it is new on this connection. Once the first state is there, the device is online.
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
	if s.online {
		return nil
	}
	s.online = true
	return s.send(ctx, s.topics.availability(), true, []byte(report.Online))
}

// publishLoss reports lost events, once.
func (s *session) publishLoss(ctx context.Context) error {
	lost, total, why := s.Outbox.Unreported()
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
	s.Outbox.Reported(total)
	return nil
}

func (s *session) send(ctx context.Context, topic string, retained bool, payload []byte) error {
	return s.wait(ctx, s.client.Publish(topic, 1, retained, payload))
}

// wait waits for the broker's acknowledgement.
func (s *session) wait(ctx context.Context, t paho.Token) error {
	defer s.move()
	timer := time.NewTimer(s.patience())
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

func notify(c chan struct{}) { offer(c, struct{}{}) }

// offer hands a value over where there is room for it. The client's handlers must not wait: it reads nothing meanwhile.
func offer[T any](c chan T, v T) {
	select {
	case c <- v:
	default:
	}
}
