package mqtt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/maskwarden/maskwarden/report"
)

const (
	keepAlive = 20 * time.Second // a broker that vanished is noticed after this and Timeout
	window    = 64               // events on their way to the broker at a time
	pace      = time.Second      // between two states
	quiesce   = 250              // ms for the last packet
	slow      = 6                // an acknowledgement may take so many times Timeout: a slow broker is better than none
)

// session is one connection, from its beginning to its end. It has its own client: paho's cannot be used again, and
// only without its reconnecting does a token without error mean that this connection got the acknowledgement.
type session struct {
	*Publisher
	client    paho.Client
	lost      chan error    // the connection broke
	again     chan struct{} // Home Assistant started: discovery is to be published again
	duplicate chan struct{} // a daemon with the same device id was noticed
	back      chan []byte   // messages on the topic of events
	tokens    chan string   // messages on the topic of self-tests
	results   chan report.CommandResult
	home      []byte          // discovery that was published on this connection
	way       []sending       // events on their way, the oldest first
	proof     proof           // that events arrive
	echoes    map[string]echo // by token
	refused   string          // a topic that this user may not read
	online    bool            // availability says so
	published time.Time       // when a state was last published on this connection
	sent      []byte          // that state
}

// session connects, publishes until the connection ends, and says why it did.
func (p *Publisher) session(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx) // closes the connection in any case
	defer cancel()
	s := &session{
		Publisher: p, lost: make(chan error, 1), again: make(chan struct{}, 1), duplicate: make(chan struct{}, 1),
		back: make(chan []byte, window), tokens: make(chan string, window), results: make(chan report.CommandResult, burst), echoes: map[string]echo{},
	}
	options, err := s.options(ctx)
	if err != nil {
		return err
	}
	s.client = paho.NewClient(options)
	token := s.client.Connect()
	<-token.Done() // patience and ctx end it
	if err := token.Error(); err != nil {
		return err //nolint:wrapcheck // reason tells it apart
	}
	defer s.client.Disconnect(quiesce)
	if err := s.begin(ctx); err != nil {
		return s.why(err)
	}
	err = s.why(s.publish(ctx))
	if errors.Is(err, errLost) && len(s.way) > 0 && !s.proof.done {
		p.denials++
	}
	return err
}

// why prefers the reason for which the connection broke, which comes late, to what failed because of it.
func (s *session) why(err error) error {
	if err == nil || errors.Is(err, errLost) || s.client.IsConnectionOpen() {
		return err
	}
	select {
	case lost := <-s.lost:
		return fmt.Errorf("%w: %w", errLost, lost)
	case <-time.After(time.Second):
		return err
	}
}

func (s *session) options(ctx context.Context) (*paho.ClientOptions, error) {
	config, err := s.tlsConfig()
	if err != nil {
		return nil, err
	}
	password, err := s.password()
	if err != nil {
		return nil, err
	}
	o := paho.NewClientOptions().
		AddBroker(s.url.String()).
		SetClientID("maskwarden-"+s.Device).
		SetProtocolVersion(4).
		SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true).
		SetKeepAlive(keepAlive).SetPingTimeout(s.patience()).SetConnectTimeout(s.patience()).SetWriteTimeout(s.Timeout).
		SetUsername(s.Username).SetPassword(password).
		SetWill(s.topics.availability(), report.Offline, 1, true).
		SetConnectionLostHandler(func(_ paho.Client, err error) { s.lost <- err })
	if config != nil {
		o.SetTLSConfig(config)
	}
	o.SetCustomOpenConnectionFn(func(u *url.URL, o paho.ClientOptions) (net.Conn, error) {
		conn, err := s.dial(ctx, u, &o)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDial, err)
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		return newBounded(conn, func(topic string, size int) {
			s.notice("a message is refused: it is too long", "topic", topic, "bytes", size, "at_most", maxMessage)
		}), nil
	})
	return o, nil
}

// begin subscribes, publishes the state, and only then says online. Where there is no state yet, the first one says it.
func (s *session) begin(ctx context.Context) error {
	s.Outbox.Rewind() // what an earlier connection did not bring to its end
	if err := s.subscribe(ctx); err != nil {
		return err
	}
	if err := s.publishState(ctx); err != nil {
		return err
	}
	s.worked = true
	s.changed(true, s.problem())
	return nil
}

// patience is how long an answer of the broker may take.
func (p *Publisher) patience() time.Duration { return slow * p.Timeout }

// publish publishes what comes until the connection or the daemon ends.
func (s *session) publish(ctx context.Context) error {
	tick := time.NewTicker(s.RetryMax / 2)
	defer tick.Stop()
	late := time.NewTimer(0) // of the next acknowledgement
	defer late.Stop()
	var due <-chan time.Time // when the state that waits is published; nil: none waits
	for {
		s.move()
		acknowledged, err := s.publishWaiting(ctx)
		if err != nil {
			return err
		}
		if s.draining() && acknowledged == nil && s.proof.settled() {
			return s.end(ctx)
		}
		if acknowledged != nil {
			late.Reset(time.Until(s.way[0].since.Add(s.patience())))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.lost:
			return fmt.Errorf("%w: %w", errLost, err)
		case <-s.states:
			if due == nil {
				due = time.After(time.Until(s.published.Add(pace)))
			}
		case <-due:
			due = nil
			err = s.publishState(ctx)
		case <-s.again:
			s.home = nil
			s.refresh()
		case <-s.duplicate:
			s.refresh() // its state is retained in place of ours
			s.changed(true, s.problem())
		case <-tick.C:
			if s.duplicates.forget(5 * s.RetryMax) {
				s.changed(true, s.problem())
			}
		case payload := <-s.back:
			s.cameBack(payload)
		case <-s.overdue():
			s.denied()
		case r := <-s.results:
			s.answer(r)
		case e := <-s.asked:
			s.echo(e)
		case token := <-s.tokens:
			s.echoed(token)
		case <-s.Outbox.News():
		case <-s.drain:
		case <-acknowledged:
		case <-late.C:
		}
		if err != nil {
			return err
		}
	}
}

// publishWaiting publishes losses and events, but none before the device is online: who reads on availability would miss them.
func (s *session) publishWaiting(ctx context.Context) (next <-chan struct{}, err error) {
	if !s.online {
		return nil, nil
	}
	if err := s.publishLoss(ctx); err != nil {
		return nil, err
	}
	return s.publishEvents()
}

// end publishes the last state unless it is published already, and says offline.
func (s *session) end(ctx context.Context) error {
	s.mu.Lock()
	waits := !bytes.Equal(s.state, s.sent)
	s.mu.Unlock()
	if waits {
		if err := s.publishState(ctx); err != nil {
			return err
		}
	}
	if !s.online {
		return nil
	}
	return s.send(ctx, s.topics.availability(), true, []byte(report.Offline))
}
