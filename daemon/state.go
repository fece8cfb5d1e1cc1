package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/page"
)

// State is how the daemon fares now.
func (d *Daemon) State() report.State {
	s, problems, last := d.seen()
	d.addHealth(&s, problems, last)
	s.Status = status(&s)
	return s
}

// seen is what the goroutines wrote down, the problems that there are now, and the last full self-test.
func (d *Daemon) seen() (s report.State, problems []report.Reason, last *report.SelfTest) {
	s = report.State{
		Schema:  report.StateSchema,
		Device:  string(d.Config.Device),
		Version: d.Version,
	}
	b := &d.board
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	s.Time = now
	s.Instance, s.Model = b.instance, b.model
	s.Uptime = now.Sub(b.started).Seconds()
	s.Cameras = slices.Clone(b.cameras)
	for i := range s.Cameras {
		if now.Sub(b.rates[i].since) < 10*time.Second {
			s.Cameras[i].FPS = b.rates[i].fps
		}
		if s.Cameras[i].Status == report.Lost {
			problems = append(problems, report.Reason{Subject: report.CameraSubject(s.Cameras[i].Name), Finding: s.Cameras[i].Reason})
		}
	}
	if b.spool != nil {
		s.Spool = b.spool()
		if s.Spool.Error != "" {
			problems = append(problems, report.Reason{Subject: report.SpoolSubject, Finding: s.Spool.Error})
		}
		if b.amiss != "" { // not connected, or at odds with another daemon
			problems = append(problems, report.Reason{Subject: report.BrokerSubject, Finding: b.amiss})
		}
	}
	return s, problems, b.selftest
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

// tick publishes the state on every change and once a minute, tells systemd, and feeds its watchdog while every
// camera's loop moves.
func (d *Daemon) tick(ctx context.Context, ready func()) {
	const second, minute = time.Second, time.Minute
	interval, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		d.Logger.Warn("systemd watchdog is off", "error", err)
	}
	beat := time.NewTicker(second / 4)
	defer beat.Stop()
	var last report.State
	var published, fed time.Time
	judged := false
	for {
		select {
		case <-ctx.Done():
			d.notify(sd.SdNotifyStopping)
			return
		case now := <-beat.C:
			if !judged && d.board.judged() {
				judged = true
				if ready != nil {
					ready()
				}
				if err := memory.Trim(); err != nil {
					d.Logger.Warn("memory was not trimmed", "error", err)
				}
				d.notify(sd.SdNotifyReady)
			}
			if interval > 0 && now.Sub(fed) >= interval/2 && d.board.alive(now.Add(-interval)) {
				d.notify(sd.SdNotifyWatchdog)
				fed = now
			}
			_, problems, _ := d.seen()
			d.health.Conditions(problems)
			s := d.State()
			d.metrics.SetState(s)
			d.metrics.SetConnected(d.board.online())
			if differ(&s, &last) || now.Sub(published) >= minute {
				d.notify("STATUS=" + s.Status)
				if s.Status != last.Status {
					d.Logger.Info("state", "status", s.Status, "reasons", s.Reasons)
				}
				if d.publisher != nil {
					d.publisher.State(s)
				}
				last, published = s, now
			}
		}
	}
}

// readiness are the conditions under which decisions are made and get out.
func (d *Daemon) readiness() []page.Check {
	return []page.Check{
		{Name: "frames", Run: func() error {
			if !d.board.judged() {
				return errors.New("no frame was judged yet")
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
			if s := d.State(); s.Status == report.Degraded {
				return errors.New(strings.Join(s.Reasons, "; "))
			}
			return nil
		}},
	}
}

// differ says whether a reader would call two states different; counters that always move do not count.
func differ(a, b *report.State) bool {
	if a.Health.State != b.Health.State || a.Health.Reason != b.Health.Reason || a.Health.SelfTest != b.Health.SelfTest {
		return true
	}
	if a.Status != b.Status || !slices.Equal(a.Reasons, b.Reasons) || len(a.Cameras) != len(b.Cameras) {
		return true
	}
	for i := range a.Cameras {
		x, y := &a.Cameras[i], &b.Cameras[i]
		if x.Status != y.Status || x.People != y.People {
			return true
		}
	}
	return false
}

func (d *Daemon) notify(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		d.Logger.Warn("systemd was not told", "state", state, "error", err)
	}
}
