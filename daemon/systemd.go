package daemon

import (
	"log/slog"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
)

// serviceManager is systemd, where it started the daemon; otherwise it hears nothing.
type serviceManager struct {
	logger   *slog.Logger
	watchdog time.Duration // after which it restarts a daemon that was not heard; 0: never
	fed      time.Time
	starved  bool
}

func newServiceManager(logger *slog.Logger) serviceManager {
	interval, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		logger.Warn("systemd watchdog is off", "error", err)
	}
	return serviceManager{logger: logger, watchdog: interval}
}

func (s *serviceManager) notify(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		s.logger.Warn("systemd was not notified", "state", state, "error", err)
	}
}

// feed feeds the watchdog twice in its interval while the daemon is alive, and returns when to call it again; zero: never.
func (s *serviceManager) feed(now time.Time, alive func(since time.Time) bool) (next time.Time) {
	if s.watchdog <= 0 {
		return time.Time{}
	}
	if due := s.fed.Add(s.watchdog / 2); now.Before(due) {
		return due
	}
	if !alive(now.Add(-s.watchdog)) {
		if !s.starved {
			s.starved = true
			s.logger.Error("systemd's watchdog is not fed: a camera's loop stands still", "for", s.watchdog)
		}
		return now.Add(s.watchdog / 8)
	}
	s.notify(sd.SdNotifyWatchdog)
	s.fed, s.starved = now, false
	return now.Add(s.watchdog / 2)
}
