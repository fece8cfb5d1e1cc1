package daemon

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/maskwarden/maskwarden/control"
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
	if d.publisher != nil {
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
		Path: d.Config.ControlSocket(), State: d.State, Logger: d.Logger,
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
