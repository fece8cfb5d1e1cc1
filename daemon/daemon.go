// Package daemon wires the stages into a running camera unit.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/metrics"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/report/page"
	"github.com/maskwarden/maskwarden/selftest/host"
	"github.com/maskwarden/maskwarden/selftest/schedule"
)

// drain is how long a stopping daemon waits for the broker, readers how long for those of the page.
const (
	drain   = 5 * time.Second
	readers = 2 * time.Second
)

// Daemon runs the cameras of one configuration until it is stopped.
type Daemon struct {
	Config  *config.Config
	Version string
	Logger  *slog.Logger
	OnEvent func(e report.Event, truth frame.Label) // called for every event; truth is Unknown where the source knows none

	// Unattended is for a unit that nobody watches: where the configured pack is refused, the last good one runs in its place. Without one,
	// a damaged pack is waited for, and nobody is judged.
	Unattended bool

	engine    *pipeline.Engine // nil: there is no pack to run with
	inferior  bool             // the engine is not the configured one, or it fails its vital checks
	cameras   []*camera
	outbox    *outbox.Outbox                 // nil without a broker
	publisher atomic.Pointer[mqtt.Publisher] // nil without a broker
	links     atomic.Uint64                  // publishers that there were
	page      atomic.Pointer[page.Server]    // nil while its address cannot be had
	metrics   *metrics.Metrics
	board     board
	health    health.Machine
	rollback  *rollbackGuard
	schedule  *schedule.Schedule
	control   *control.Server
	retries   sync.WaitGroup // parts that are tried again, see keep
	host      *host.Host

	events   sync.Mutex // orders the events of all cameras
	seq      uint64     // of the last event, where no outbox counts them
	clockSet bool       // the wall clock is known to be right
}

// Run starts everything, calls ready, if there is one, once the first frame was processed, and returns when ctx ends or every source has
// come to its end.
func (d *Daemon) Run(ctx context.Context, ready func()) error {
	d.health.Now, d.health.Hold, d.health.OnChange = time.Now, time.Duration(d.Config.SelfTest.Hold), d.turned
	if ready == nil {
		ready = func() {}
	}
	ready = sync.OnceFunc(ready)
	systemd := newServiceManager(d.Logger)
	stopping := context.AfterFunc(ctx, func() { systemd.notify(sd.SdNotifyStopping) })
	defer stopping()
	for {
		again, err := d.live(ctx, ready)
		if !again {
			return err
		}
		systemd.notify(sd.SdNotifyWatchdog) // the watchdog waits while the daemon begins again
	}
}

// live runs with one pack, and says whether to run again: the configured pack was refused, and is good now.
func (d *Daemon) live(ctx context.Context, ready func()) (again bool, err error) {
	runs, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		d.leave()
		d.retries.Wait()
		err = errors.Join(err, d.close())
		again = again && err == nil && ctx.Err() == nil
	}()
	if err := d.start(runs); err != nil {
		return false, &StartError{err}
	}
	var wg sync.WaitGroup
	wg.Go(func() { newWatcher(d, ready).run(runs) })
	if d.engine != nil {
		wg.Go(func() { d.schedule.Run(runs) })
	}
	if d.inferior {
		wg.Go(func() {
			if again = d.awaitPack(runs); again {
				stop()
			}
		})
	}
	failed := make(chan error, len(d.cameras))
	for _, c := range d.cameras {
		wg.Go(func() { failed <- c.run(runs) })
	}
	for range d.cameras {
		if e := <-failed; e != nil {
			err = errors.Join(err, e)
			stop()
		}
	}
	if d.engine == nil {
		<-runs.Done()
	}
	stop()
	wg.Wait()
	return again, err
}

// StartError is why a daemon cannot start as it is configured.
type StartError struct{ err error }

func (e *StartError) Error() string { return e.err.Error() }
func (e *StartError) Unwrap() error { return e.err }

// start opens what the daemon needs, in the order in which a frame will pass it; no frame is taken before the known
// answers were asked for.
func (d *Daemon) start(ctx context.Context) error {
	d.board.start(d.Config)
	if err := d.health.Initialize(); err != nil {
		return err
	}
	if err := d.choose(ctx); err != nil {
		return err
	}
	d.metrics = &metrics.Metrics{Version: d.Version, Model: d.model(), State: d.State, Connected: d.board.connected}
	for i := range d.Config.Cameras {
		d.metrics.Cameras = append(d.metrics.Cameras, string(d.Config.Cameras[i].Name))
	}
	if err := d.metrics.Initialize(); err != nil {
		return err
	}
	if d.engine != nil {
		if err := d.startSchedule(); err != nil {
			return err
		}
	}
	if err := d.startMQTT(); err != nil {
		return err
	}
	var waiting func() report.Spool
	if d.outbox != nil {
		waiting = d.outbox.State
	}
	d.board.opened(d.model(), waiting)
	if err := d.keep(ctx, report.HTTPSubject, d.startPage); err != nil {
		return err
	}
	if err := d.keep(ctx, report.ControlSubject, d.startControl); err != nil {
		return err
	}
	for i := range d.Config.Cameras {
		if d.engine == nil {
			break // nobody judges what they see
		}
		c := &camera{daemon: d, config: &d.Config.Cameras[i], name: string(d.Config.Cameras[i].Name)}
		if err := c.initialize(); err != nil {
			return fmt.Errorf("camera %s: %w", c.name, err)
		}
		d.cameras = append(d.cameras, c)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// leave publishes what waits and says offline, before anything that may hang on a disk.
func (d *Daemon) leave() {
	p := d.publisher.Load()
	if p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := p.Close(ctx); err != nil { // they are kept: this is no failure
		d.Logger.Warn("the broker did not take everything in time", "error", err)
	}
}

// close ends everything else in the order opposite to start.
func (d *Daemon) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), readers)
	defer cancel()
	var errs []error
	if d.control != nil {
		errs = append(errs, d.control.Close())
	}
	for _, c := range d.cameras {
		errs = append(errs, c.close())
	}
	if d.outbox != nil {
		errs = append(errs, d.outbox.Close())
	}
	if p := d.page.Load(); p != nil {
		errs = append(errs, p.Close(ctx))
	}
	if d.engine != nil {
		errs = append(errs, d.engine.Close())
	}
	d.control, d.cameras, d.outbox, d.engine = nil, nil, nil, nil
	d.page.Store(nil)
	d.publisher.Store(nil)
	return errors.Join(errs...)
}

// emit hands one event to everybody who listens, and first to the outbox: what anybody has seen is not lost by a kill.
func (d *Daemon) emit(e report.Event, truth frame.Label) {
	d.events.Lock()
	defer d.events.Unlock()
	d.number(&e)
	d.metrics.ObserveEvent(e)
	if p := d.page.Load(); p != nil {
		p.Event(page.Decision{Event: e, Truth: truthName(truth)})
	}
	if d.OnEvent != nil {
		d.OnEvent(e, truth)
	}
}

// Page returns the live page's address, empty when there is none.
func (d *Daemon) Page() string {
	p := d.page.Load()
	if p == nil {
		return ""
	}
	return p.Addr()
}
