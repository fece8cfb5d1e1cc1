package daemon

import (
	"errors"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/page"
)

// readiness are the conditions under which decisions are made and leave.
func (d *Daemon) readiness() []page.Check {
	return []page.Check{
		{Name: "frames", Run: func() error {
			if !d.board.processed() {
				return errors.New("no frame was processed yet")
			}
			return nil
		}},
		{Name: "health", Run: func() error {
			if !d.health.State().Speaks() {
				return errors.New("the first self-test has not ended yet")
			}
			return nil
		}},
		{Name: "state", Run: func() error {
			s := d.State()
			if s.Status != report.Degraded {
				return nil
			}
			var errs []error
			for _, reason := range s.Reasons {
				errs = append(errs, errors.New(reason))
			}
			return errors.Join(errs...)
		}},
	}
}
