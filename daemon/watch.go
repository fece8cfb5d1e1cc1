package daemon

import (
	"context"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/report"
)

// heartbeat is how often the state is published while nothing changes.
const heartbeat = time.Minute

// watcher publishes the daemon's state when it changes and once a minute, and reports to systemd.
type watcher struct {
	daemon    *Daemon
	ready     func() // called once, after the first frame; may be nil
	isReady   bool
	systemd   serviceManager
	last      report.State // that was published
	published time.Time
	hung      time.Time // when the connection to the broker was first seen hanging; zero: it moves
}

func newWatcher(d *Daemon, ready func()) *watcher {
	return &watcher{daemon: d, ready: ready, systemd: newServiceManager(d.Logger)}
}

// run sleeps until something is noted on the board, or until time alone changes something.
func (w *watcher) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.daemon.board.news:
		case <-timer.C:
		}
		now := time.Now()
		timer.Reset(w.step(now).Sub(now))
	}
}

// step does what is due, and returns when to come back if nothing is noted until then.
func (w *watcher) step(now time.Time) (next time.Time) {
	d := w.daemon
	if !w.isReady && d.board.processed() {
		w.begin()
	}
	look := w.lookAtPublisher(now)
	again := d.health.Conditions(d.board.read(&report.State{}, now))
	s, problems := d.current(now)
	if changed := differ(&s, &w.last); changed || now.Sub(w.published) >= heartbeat {
		if s.Status != w.last.Status {
			w.systemd.notify("STATUS=" + s.Status)
			d.Logger.Info("state", "status", s.Status, "problems", problems) // what checks found is logged with the health
		}
		if p := d.publisher.Load(); p != nil {
			p.State(s)
		}
		w.last, w.published = s, now
	}
	next = w.published.Add(heartbeat)
	for _, at := range []time.Time{again, look, w.systemd.feed(now, d.board.alive)} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// secondLook is how long what seems to hang has to move after all: the whole process may have been stopped.
const secondLook = 10 * time.Second

// lookAtPublisher begins another connection to the broker where one hangs, and returns when to look again; zero: with everything else.
func (w *watcher) lookAtPublisher(now time.Time) (next time.Time) {
	p := w.daemon.publisher.Load()
	switch {
	case p == nil || !p.Hangs(now):
		w.hung = time.Time{}
	case w.hung.IsZero():
		w.hung = now
		return now.Add(secondLook)
	case now.Sub(w.hung) < secondLook:
		return w.hung.Add(secondLook)
	default:
		w.hung, w.published = time.Time{}, time.Time{} // the new one has no state yet
		w.daemon.restartPublisher()
	}
	return time.Time{}
}

// begin is called after the first frame.
func (w *watcher) begin() {
	w.isReady = true
	if w.ready != nil {
		w.ready()
	}
	if err := memory.Trim(); err != nil {
		w.daemon.Logger.Warn("memory was not trimmed", "error", err)
	}
	w.systemd.notify(sd.SdNotifyReady)
}
