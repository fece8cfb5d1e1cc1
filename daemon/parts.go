package daemon

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/report/page"
	"github.com/maskwarden/maskwarden/selftest"
)

// retryInterval is how long a part that could not start is left alone before it is tried again.
const retryInterval = 2 * time.Second

// keep starts a part, now or once it can. What the system refuses may pass: an address in use, a folder that is read-only for now.
// Until then the state names it. Any other error is returned: no waiting mends it.
func (d *Daemon) keep(ctx context.Context, subject string, start func() error) error {
	err := start()
	if !transient(err) {
		return err
	}
	d.fault(subject, err)
	d.retries.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(retryInterval):
			}
			err := start()
			d.fault(subject, err)
			if err == nil {
				return
			}
		}
	})
	return nil
}

// mendable is an error that may be mended while the daemon runs.
type mendable struct{ error }

func (m mendable) Unwrap() error { return m.error }

// transient says whether an error is one of the operating system's, or else mendable.
func transient(err error) bool {
	var refused syscall.Errno
	var mends mendable
	return errors.As(err, &refused) || errors.As(err, &mends)
}

// fault notes and logs what is wrong with a part that is tried again, nil once nothing is.
func (d *Daemon) fault(subject string, err error) {
	switch changed := d.board.fault(subject, err); {
	case !changed:
	case err == nil:
		d.Logger.Info("works again", "part", subject)
	default:
		d.Logger.Warn("does not work, is tried again", "part", subject, "error", err)
	}
}

func (d *Daemon) startMQTT() error {
	c := &d.Config.MQTT
	if c.Broker == "" {
		return nil
	}
	d.outbox = &outbox.Outbox{
		Dir: d.Config.StateDir, MaxEvents: c.SpoolEvents, MaxAge: time.Duration(c.SpoolAge), Sync: time.Duration(c.SpoolSync),
		Logger: d.Logger, OnChange: d.board.changed,
	}
	d.outbox.Initialize()
	if old := filepath.Join(d.Config.StateDir, "spool.db"); exists(old) {
		d.Logger.Warn("events of an earlier version wait in a file that this version does not read", "file", old,
			"hint", "run the earlier version until its outbox is empty, then delete the file")
	}
	return d.startPublisher()
}

// startPublisher begins to publish what waits. Who was abandoned is not heard any more.
func (d *Daemon) startPublisher() error {
	c := &d.Config.MQTT
	p, n := Publisher(d.Config), d.links.Add(1)
	p.Instance, p.Version = d.board.instance, d.Version
	p.Discovery, p.DiscoveryPrefix = c.Discovery, string(c.DiscoveryPrefix)
	p.Outbox, p.Logger, p.OnSelfTest = d.outbox, d.Logger, d.ask()
	p.OnChange = func(connected bool, problem string) {
		if d.links.Load() == n {
			d.board.broker(connected, problem)
		}
	}
	if err := p.Initialize(); err != nil {
		return err
	}
	d.publisher.Store(p)
	return nil
}

// restartPublisher begins another connection to the broker in place of one that hangs: events go on from the outbox.
func (d *Daemon) restartPublisher() {
	d.Logger.Error("the connection to the broker hangs, another is begun", "part", report.BrokerSubject)
	d.publisher.Load().Abandon()
	if err := d.startPublisher(); err != nil { // it was valid before
		d.Logger.Error("no connection to the broker is begun", "error", err)
		return
	}
	d.board.broker(false, "the connection hung and is begun again")
}

// Publisher speaks with the configured broker; what it publishes is still to be set.
func Publisher(c *config.Config) *mqtt.Publisher {
	m := &c.MQTT
	return &mqtt.Publisher{
		Broker: string(m.Broker), Device: string(c.Device), Prefix: string(m.Prefix),
		Username: m.Username, PasswordFile: string(m.PasswordFile), CAFile: m.CAFile, CertFile: m.CertFile, KeyFile: m.KeyFile,
	}
}

func (d *Daemon) startPage() error {
	if d.Config.HTTP.Listen == "" {
		return nil
	}
	token, err := d.Config.HTTP.TokenFile.Read()
	if err != nil {
		return mendable{err}
	}
	s := &page.Server{
		Listen:  string(d.Config.HTTP.Listen),
		Token:   token,
		Device:  string(d.Config.Device),
		Version: d.Version,
		Model:   d.model(),
		Metrics: d.metrics.Handler(),
		State:   d.State, SelfTest: d.ask(),
		Live:   []page.Check{{Name: "cameras", Run: d.board.stuck}},
		Ready:  d.readiness(),
		Logger: d.Logger,
	}
	for _, host := range d.Config.HTTP.Hosts {
		s.Hosts = append(s.Hosts, string(host))
	}
	if d.publisher.Load() != nil {
		s.Connected = d.board.connected
	}
	if err := s.Initialize(); err != nil {
		return err
	}
	d.page.Store(s)
	d.Logger.Info("page ready", "address", "http://"+s.Addr())
	return nil
}

// startControl answers maskwarden status and maskwarden selftest.
func (d *Daemon) startControl() error {
	s := &control.Server{
		Path: d.Config.ControlSocket(), State: d.State, Logger: d.Logger, OnFault: func(err error) { d.fault(report.ControlSubject, err) },
		SelfTest: func(ctx context.Context, each func(selftest.Result)) (control.Outcome, error) {
			if d.engine == nil {
				return control.Outcome{}, errors.New("there is nothing to test: " + strings.Join(d.State().Reasons, ", "))
			}
			p, err := d.schedule.Full(ctx, each)
			return control.Outcome{Seed: p.Seed, Summary: selftest.Summarize(p.Results)}, err
		},
	}
	if d.engine != nil {
		s.Checks = selftest.Names(d.schedule.Checks)
	}
	if err := s.Initialize(); err != nil {
		return err
	}
	d.control = s
	return nil
}
