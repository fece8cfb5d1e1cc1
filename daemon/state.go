package daemon

import (
	"errors"
	"slices"
	"time"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/page"
)

// State is how the daemon is now. MQTT, the page, the metrics, the control socket and /readyz all show it.
func (d *Daemon) State() report.State {
	s, _ := d.current(time.Now())
	return s
}

// current returns the state, and the problems that there are now and that no check found.
func (d *Daemon) current(now time.Time) (s report.State, problems []report.Reason) {
	s = report.State{Schema: report.StateSchema, Time: now, Device: string(d.Config.Device), Version: d.Version}
	problems = d.board.read(&s, now)
	h := d.health.Status()
	s.Health.State, s.Health.Since, s.Health.Alarm = string(h.State), h.Since, h.State == health.FailSafe
	s.Health.Explain(h.Reasons)
	reasons := slices.Clone(problems)
	for _, r := range h.Reasons {
		if !slices.ContainsFunc(reasons, func(p report.Reason) bool { return p.Subject == r.Subject && p.Check == r.Check }) {
			reasons = append(reasons, r)
		}
	}
	s.Reasons = report.Texts(reasons)
	s.Status = status(&s)
	return s, problems
}

func status(s *report.State) string {
	if len(s.Reasons) > 0 {
		return report.Degraded
	}
	if !health.State(s.Health.State).Speaks() {
		return report.Starting
	}
	for i := range s.Cameras {
		if s.Cameras[i].Status == report.Starting {
			return report.Starting
		}
	}
	return report.OK
}

// differ says whether two states differ for a reader; counters and rates, which always move, do not count.
func differ(a, b *report.State) bool {
	x, y := &a.Health, &b.Health
	return a.Status != b.Status || !slices.Equal(a.Reasons, b.Reasons) ||
		x.State != y.State || !slices.Equal(x.Reasons, y.Reasons) || x.SelfTest != y.SelfTest ||
		!slices.EqualFunc(a.Cameras, b.Cameras, func(c, d report.Camera) bool { return c.Status == d.Status && c.People == d.People })
}

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
