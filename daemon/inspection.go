package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
)

// Inspection is a self-test of one configuration, standing alone: it opens what the daemon would open, and asks all that can be asked.
type Inspection struct {
	Config  *config.Config
	Version string
	Options selftest.Options
	Logger  *slog.Logger

	engine   *pipeline.Engine
	pipeline *pipeline.Pipeline // finds faces in what the cameras see
	unmet    error              // why it could not
	views    []*selftest.View
	network  *savedmodel.Network // nil: no deep check was asked for
	crops    [][]byte            // faces that the cameras saw, for deep checks
	parts    parts
	checks   []selftest.Check
	ends     []func() error // to be run by Close, the last first
}

// Initialize opens pack, library and detector, and chooses the checks.
func (i *Inspection) Initialize() (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, i.Close())
		}
	}()
	e := &pipeline.Engine{Config: i.Config}
	if err := e.Initialize(); err != nil {
		return err
	}
	i.engine = e
	i.ends = append(i.ends, e.Close)
	if err := i.study(); err != nil {
		return err
	}
	p, err := e.NewPipeline()
	if err != nil {
		return err
	}
	i.pipeline = p
	i.ends = append(i.ends, p.Close)
	interval, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		i.Logger.Warn("systemd watchdog is off", "error", err)
	}
	i.parts = parts{
		classifier: e.Classifier, smoother: e.Smoother, finder: p.Detector, network: e.Classifier, witness: openWitness(e),
		view: i.view, outbox: selftest.OpenSpool, broker: i.Config.MQTT.Broker, now: time.Now,
		sys: "/sys", proc: "/proc", socket: os.Getenv("NOTIFY_SOCKET"), interval: interval,
	}
	if err := i.injure(); err != nil {
		return err
	}
	if i.checks, err = selftest.Select(i.all(), i.Options.Only); err != nil {
		return err
	}
	i.ends = append(i.ends, func() error { e.Samples.Forget(); return nil })
	if !slices.Contains(i.Checks(), selftest.PatchLive{}.Name()) { // nobody asks for faces
		for _, v := range i.views {
			v.Meet = nil
		}
	}
	return nil
}

// Checks are the names of what will be asked, in this order.
func (i *Inspection) Checks() []string { return selftest.Names(i.checks) }

// Run asks, and tells, where they are given, started and finished of each check.
func (i *Inspection) Run(ctx context.Context, started func(string), finished func(selftest.Result)) (*selftest.Report, error) {
	r := &selftest.Report{Time: time.Now().UTC().Truncate(time.Millisecond), Seed: i.Options.Seed, Unit: i.Unit()}
	results := selftest.Watch(ctx, i.checks, started, finished)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.Complete(results)
	return r, nil
}

// Unit says what is tested.
func (i *Inspection) Unit() selftest.Unit {
	u := selftest.Unit{
		Device: string(i.Config.Device), Serial: selftest.Serial("/"), Model: i.engine.Pack.ID(), Signer: i.engine.Pack.Signer,
		Versions: map[string]string{
			"maskwarden": i.Version, "backend": i.engine.Classifier.Backend(), "opencv": gocv.OpenCVVersion(),
			"go": runtime.Version(), "arch": runtime.GOOS + "/" + runtime.GOARCH,
		},
	}
	if i.Config.Classifier.Runtime == config.TensorFlow || i.network != nil {
		u.Versions["tensorflow"] = savedmodel.Version()
	}
	return u
}

// Close frees everything. It may be called twice.
func (i *Inspection) Close() error {
	var errs []error
	for len(i.ends) > 0 {
		last := len(i.ends) - 1
		end := i.ends[last]
		i.ends = i.ends[:last]
		errs = append(errs, end())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	return nil
}
