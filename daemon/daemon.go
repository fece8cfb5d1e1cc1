// Package daemon wires the stages into a running camera unit.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

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

// drain is how long a stopping daemon waits for the broker and the page's readers.
const drain = 5 * time.Second

// Daemon runs the cameras of one configuration until it is stopped.
type Daemon struct {
	Config  *config.Config
	Version string
	Logger  *slog.Logger
	OnEvent func(e report.Event, truth frame.Label) // called for every event; truth is Unknown where the source knows none

	engine    *pipeline.Engine
	cameras   []*camera
	outbox    *outbox.Outbox // nil without a broker
	publisher *mqtt.Publisher
	page      atomic.Pointer[page.Server] // nil while its address cannot be had
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
func (d *Daemon) Run(ctx context.Context, ready func()) (err error) {
	runs, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		d.retries.Wait()
		err = errors.Join(err, d.close())
	}()
	if err := d.start(runs); err != nil {
		return &StartError{err}
	}
	var wg sync.WaitGroup
	wg.Go(func() { newWatcher(d, ready).run(runs) })
	wg.Go(func() { d.schedule.Run(runs) })
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
	stop()
	wg.Wait()
	return err
}

// StartError is why a daemon cannot start as it is configured.
type StartError struct{ err error }

func (e *StartError) Error() string { return e.err.Error() }
func (e *StartError) Unwrap() error { return e.err }

// start opens what the daemon needs, in the order in which a frame will pass it; no frame is taken before the known
// answers were asked for.
func (d *Daemon) start(ctx context.Context) error {
	d.board.start(d.Config)
	d.health.Now, d.health.Hold, d.health.OnChange = time.Now, time.Duration(d.Config.SelfTest.Hold), d.turned
	if err := d.health.Initialize(); err != nil {
		return err
	}
	d.engine = &pipeline.Engine{Config: d.Config}
	if err := d.engine.Initialize(); err != nil {
		d.engine = nil
		return err
	}
	d.rollback = &rollbackGuard{dir: d.Config.StateDir, pack: d.engine.Pack}
	ran, err := d.rollback.version()
	d.fault(report.StateDirSubject, err) // what is not known refuses nothing
	if err := d.rollback.check(ran); err != nil {
		return err
	}
	checks := d.checks()
	if err := d.testVital(ctx, checks); err != nil {
		return err
	}
	d.Logger.Info("model ready", "model", d.engine.Pack.ID(), "backend", d.engine.Classifier.Backend())
	d.metrics = &metrics.Metrics{Version: d.Version, Model: d.engine.Pack.ID(), State: d.State, Connected: d.board.connected}
	for i := range d.Config.Cameras {
		d.metrics.Cameras = append(d.metrics.Cameras, string(d.Config.Cameras[i].Name))
	}
	if err := d.metrics.Initialize(); err != nil {
		return err
	}
	if err := d.startSchedule(checks); err != nil {
		return err
	}
	if err := d.startMQTT(); err != nil {
		return err
	}
	var waiting func() report.Spool
	if d.outbox != nil {
		waiting = d.outbox.State
	}
	d.board.opened(d.engine.Pack.ID(), waiting)
	if err := d.keep(ctx, report.HTTPSubject, d.startPage); err != nil {
		return err
	}
	if err := d.keep(ctx, report.ControlSubject, d.startControl); err != nil {
		return err
	}
	for i := range d.Config.Cameras {
		c := &camera{daemon: d, config: &d.Config.Cameras[i], name: string(d.Config.Cameras[i].Name)}
		if err := c.initialize(); err != nil {
			return fmt.Errorf("camera %s: %w", c.name, err)
		}
		d.cameras = append(d.cameras, c)
	}
	return nil
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
	p := publisher(d.Config)
	p.Instance, p.Version = d.board.instance, d.Version
	p.Discovery, p.DiscoveryPrefix = c.Discovery, string(c.DiscoveryPrefix)
	p.Outbox, p.Logger, p.OnChange, p.OnSelfTest = d.outbox, d.Logger, d.board.broker, d.schedule.Ask
	if err := p.Initialize(); err != nil {
		return err
	}
	d.publisher = p
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// publisher speaks with the configured broker; what it tells is still to be set.
func publisher(c *config.Config) *mqtt.Publisher {
	m := &c.MQTT
	return &mqtt.Publisher{
		Broker: string(m.Broker), Device: string(c.Device), Prefix: string(m.Prefix),
		Username: m.Username, PasswordFile: string(m.PasswordFile), CAFile: m.CAFile, CertFile: m.CertFile, KeyFile: m.KeyFile,
	}
}

// close ends everything in the order opposite to start.
func (d *Daemon) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	var errs []error
	if d.control != nil {
		errs = append(errs, d.control.Close())
	}
	for _, c := range d.cameras {
		errs = append(errs, c.close())
	}
	if d.publisher != nil {
		errs = append(errs, d.publisher.Close(ctx))
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
