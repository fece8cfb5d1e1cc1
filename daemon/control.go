package daemon

import (
	"context"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/selftest"
)

// startControl answers maskwarden status and maskwarden selftest.
func (d *Daemon) startControl() error {
	s := &control.Server{
		Path: d.Config.ControlSocket(), State: d.State, Checks: selftest.Names(d.schedule.Checks), Logger: d.Logger,
		SelfTest: func(ctx context.Context, each func(selftest.Result)) (control.Outcome, error) {
			p, err := d.schedule.Full(ctx, each)
			return control.Outcome{Seed: p.Seed, Summary: selftest.Summarize(p.Results)}, err
		},
	}
	if err := s.Initialize(); err != nil {
		return err
	}
	d.control = s
	return nil
}
