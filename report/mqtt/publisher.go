// Package mqtt publishes events, state and availability to an MQTT 3.1.1 broker.
package mqtt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// Publisher keeps one device connected to its broker. Events come from the outbox and leave it when the broker has
// acknowledged them: they arrive at least once, new ones between those that waited. Only its own goroutine ever waits for the broker.
type Publisher struct {
	Broker       string // address: mqtt, tcp or ws, with TLS mqtts, ssl or wss
	Device       string // one level of every topic, and part of the client id
	Prefix       string // first levels of every topic; "": maskwarden
	Instance     string // this start of the daemon, as its states carry it
	Version      string // of the program, for discovery
	Username     string
	PasswordFile string // readable for its owner only
	CAFile       string // certificates to trust; "": the system's
	CertFile     string // the device's own certificate, with its key
	KeyFile      string

	Discovery       bool   // announce the entities to Home Assistant
	DiscoveryPrefix string // "": homeassistant

	Timeout  time.Duration // for each answer of the broker; 0: 10 s
	RetryMin time.Duration // first wait before connecting again; 0: 1 s
	RetryMax time.Duration // longest wait; 0: 1 min

	Outbox     *outbox.Outbox
	Logger     *slog.Logger
	OnChange   func(connected bool, reason string) // called when either changes; reason says what is wrong
	OnSelfTest func()                              // called when a self-test is requested; must not wait; nil: there is none

	url        *url.URL
	topics     topics
	duplicates duplicateDetector
	asked      chan echo     // to the session: send a token and wait for it
	rate       bucket        // of commands
	worked     bool          // the last connection came to its beginning
	denials    int           // connections in a row that ended over their first event
	states     chan struct{} // to the session: there is a new state, or the last is to be published again
	moved      atomic.Int64  // when its goroutine last moved, as time since began
	began      time.Time
	drain      chan struct{} // closed by Close: end when the outbox is empty
	kill       context.CancelFunc
	done       chan struct{}

	mu    sync.Mutex
	state []byte // last state, encoded; nil before the first
	home  []byte // discovery of that state
	last  change

	noticeMu sync.Mutex
	noticed  map[string]time.Time // when what others cause was last logged
}

// killLimit is how long a connection that was cut off may take to end.
const killLimit = 2 * time.Second

type change struct {
	connected bool
	reason    string
}

// Initialize checks the settings and starts connecting. A broker that cannot be reached is no error.
func (p *Publisher) Initialize() error {
	p.setDefaults()
	if err := p.check(); err != nil {
		return fmt.Errorf("mqtt: %w", err)
	}
	p.states, p.drain, p.done, p.asked = make(chan struct{}, 1), make(chan struct{}), make(chan struct{}), make(chan echo)
	ctx, kill := context.WithCancel(context.Background())
	p.kill, p.began = kill, time.Now()
	go p.run(ctx)
	return nil
}

// move notes that the publisher's goroutine moves.
func (p *Publisher) move() { p.moved.Store(int64(time.Since(p.began))) }

// Hangs says whether the publisher's goroutine has stood still for longer than any answer or pause takes: the client's library, the
// resolver or a log holds it. Nothing brings it back: Abandon it, and begin another with the same outbox.
func (p *Publisher) Hangs(now time.Time) bool {
	return now.Sub(p.began.Add(time.Duration(p.moved.Load()))) > 2*p.patience()+p.RetryMax
}

// Abandon lets go of a publisher that hangs: should it ever move, it ends.
func (p *Publisher) Abandon() { p.kill() }

// State publishes a state, at most one a second: of several in one second only the last. It is published again after each
// connecting, until there is a newer one.
func (p *Publisher) State(s report.State) {
	payload, err := s.Encode()
	if err != nil {
		p.Logger.Error("state is not published", "error", err)
		return
	}
	p.mu.Lock()
	p.state = payload
	if p.Discovery {
		p.home = p.discovery(s.Cleaned())
	}
	p.mu.Unlock()
	p.refresh()
}

func (p *Publisher) refresh() { notify(p.states) }

// Close publishes what is in the outbox while the broker takes it and ctx lasts, says offline and disconnects. What is
// then left stays in the outbox for the next start.
func (p *Publisher) Close(ctx context.Context) error {
	close(p.drain)
	select {
	case <-p.done:
	case <-ctx.Done():
	}
	p.kill()
	select {
	case <-p.done:
	case <-time.After(killLimit):
		return errors.New("mqtt: the connection does not end: what waits stays in the outbox")
	}
	if n := p.Outbox.State().Queued; n > 0 && ctx.Err() != nil {
		return fmt.Errorf("mqtt: %d events were not published in time; they stay in the outbox: %w", n, ctx.Err())
	}
	return nil
}

// run connects, and connects again, until Close.
func (p *Publisher) run(ctx context.Context) {
	defer close(p.done)
	wait := backoff{min: p.RetryMin, max: p.RetryMax}
	for {
		p.move()
		p.worked = false
		err := p.session(ctx)
		p.move()
		if ctx.Err() != nil || p.draining() {
			return
		}
		if p.worked && p.denials == 0 {
			wait.reset()
		}
		if p.worked && errors.Is(err, errLost) {
			p.duplicates.kicked(5 * p.RetryMax)
		}
		delay := wait.next()
		why := reason(err, p.url.Host, p.Timeout)
		if p.denials > 1 {
			why = fmt.Sprintf("%s ends the connection when an event is published: allow this user to write %s", p.url.Host, p.topics.event())
		}
		if duplicate := p.duplicates.reason(p.Device); duplicate != "" {
			why, delay = duplicate, wait.longest()
		}
		p.changed(false, why)
		select {
		case <-ctx.Done():
			return
		case <-p.drain:
			return
		case <-time.After(delay):
		}
	}
}

func (p *Publisher) draining() bool {
	select {
	case <-p.drain:
		return true
	default:
		return false
	}
}

// changed logs and reports whether the broker is reached, when that or the reason is new.
func (p *Publisher) changed(connected bool, reason string) {
	now := change{connected, reason}
	if now == p.last {
		return
	}
	p.last = now
	switch {
	case connected && reason == "":
		p.Logger.Info("connected to the broker", "broker", p.url.Host)
	case !connected:
		p.Logger.Warn("not connected to the broker", "broker", p.url.Host, "reason", reason)
	}
	if p.OnChange != nil {
		p.OnChange(connected, reason)
	}
}

func (p *Publisher) setDefaults() {
	if p.Prefix == "" {
		p.Prefix = "maskwarden"
	}
	if p.DiscoveryPrefix == "" {
		p.DiscoveryPrefix = "homeassistant"
	}
	for d, v := range map[*time.Duration]time.Duration{&p.Timeout: 10 * time.Second, &p.RetryMin: time.Second, &p.RetryMax: time.Minute} {
		if *d <= 0 {
			*d = v
		}
	}
	if p.Logger == nil {
		p.Logger = slog.New(slog.DiscardHandler)
	}
	p.topics = topics{p.Prefix + "/" + p.Device}
}

// check refuses settings that cannot work.
func (p *Publisher) check() (err error) {
	if p.Outbox == nil {
		return errors.New("no outbox")
	}
	if p.Instance == "" {
		return errors.New("no instance")
	}
	if err := checkTopic(p.Device, p.Prefix, p.DiscoveryPrefix); err != nil {
		return err
	}
	if p.url, err = parseBroker(p.Broker); err != nil {
		return err
	}
	return p.checkSecrets()
}
