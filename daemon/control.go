package daemon

import (
	"context"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/selftest"
)

// startControl answers maskwarden status and maskwarden selftest.
func (d *Daemon) startControl() error {
	s := &control.Server{
		Path: d.Config.ControlSocket(), State: d.State, Logger: d.Logger,
		SelfTest: func(ctx context.Context, each func(selftest.Result)) (control.Outcome, error) {
			results, err := d.schedule.Full(ctx, each)
			return control.Outcome{Summary: selftest.Summarize(results)}, err
		},
	}
	for _, c := range d.schedule.Checks {
		s.Checks = append(s.Checks, c.Name())
	}
	if err := s.Initialize(); err != nil {
		return err
	}
	d.control = s
	return nil
}
