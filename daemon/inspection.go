package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/catalogue"
	"github.com/maskwarden/maskwarden/selftest/host"
)

// Inspection is a self-test of one configuration while no daemon runs: it opens what the daemon would open, and runs every check.
type Inspection struct {
	Config   *config.Config
	Version  string
	Options  selftest.Options
	Baseline bool // the pack is only compared with
	Logger   *slog.Logger

	engine   *pipeline.Engine
	pipeline *pipeline.Pipeline  // finds faces in what the cameras see
	network  *savedmodel.Network // nil: no deep check was asked for
	people   error               // why no face could be found
	crops    [][]byte            // faces that the cameras saw, for deep checks
	open     openCamera
	unit     *catalogue.Unit
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
	e := &pipeline.Engine{Config: i.Config, Baseline: i.Baseline}
	if err := e.Initialize(); err != nil {
		return err
	}
	i.engine = e
	i.ends = append(i.ends, e.Close)
	if err := i.study(); err != nil {
		return err
	}
	if i.pipeline, err = e.NewPipeline(); err != nil {
		return err
	}
	i.ends = append(i.ends, i.pipeline.Close)
	i.unit, i.open = newUnit(e, e.Classifier, e.Smoother), i.openCamera
	if err := i.complete(); err != nil {
		return err
	}
	if i.checks, err = selftest.Select(catalogue.Checks(i.unit), i.Options.Only); err != nil {
		return err
	}
	i.ends = append(i.ends, func() error { e.Samples.Forget(); return nil })
	asked := func(kind string) bool {
		return slices.ContainsFunc(i.checks, func(c selftest.Check) bool { return c.Kind() == kind })
	}
	for _, c := range i.unit.Cameras { // who is not asked for is not looked for
		if !asked("patch_live") {
			c.OnFrame = nil
		}
		if !asked("camera_upright") {
			c.Finder = nil
		}
	}
	return nil
}

// inspectedFaces of each label are given to the certified check, so that an inspection stays short.
const inspectedFaces = 4

// complete gives the unit what only an inspection has: the detector, the cameras, and the options.
func (i *Inspection) complete() error {
	u := i.unit
	u.Model.Finder = i.pipeline.Detector
	u.Defense.Faces, u.Defense.Draws, u.Defense.Pictures = inspectedFaces, i.Options.Draws, i.Options.Pictures
	u.Defense.People = i.seePeople
	i.completeCameras()
	if err := i.injure(); err != nil {
		return err
	}
	u.Deep = i.deep()
	return nil
}

// Checks are the names of the checks that Run runs, in this order.
func (i *Inspection) Checks() []string { return selftest.Names(i.checks) }

// Strength are the names of those that measure what the model withstands.
func (i *Inspection) Strength() (names []string) {
	for _, c := range i.checks {
		if c.Strength {
			names = append(names, c.Name)
		}
	}
	return names
}

// Run runs the checks, and calls, where they are given, started and finished of each check.
func (i *Inspection) Run(ctx context.Context, started func(string), finished func(selftest.Result)) (*selftest.Report, error) {
	r := &selftest.Report{Time: time.Now().UTC().Truncate(time.Millisecond), Seed: i.Options.Seed, Unit: i.Unit()}
	results := selftest.Watch(ctx, i.Options.Seed, i.checks, started, finished)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.Complete(results, selftest.Summarize(results))
	return r, nil
}

// Unit says what is tested.
func (i *Inspection) Unit() selftest.Unit {
	u := selftest.Unit{
		Device: string(i.Config.Device), Serial: host.Serial("/"), Model: i.engine.Pack.ID(), Signer: i.engine.Pack.Signer,
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
