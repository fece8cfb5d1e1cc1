package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/selftest"
)

// parts are what an inspection's checks look at.
type parts struct {
	classifier selftest.Classifier
	smoother   selftest.Smoother
	finder     selftest.Finder
	network    selftest.Network
	witness    func(selftest.Network) (selftest.Witness, error) // nil: the certified check is off
	view       func(*config.Camera) (selftest.Viewer, error)
	outbox     func(dir string) (selftest.Outbox, error)
	broker     config.Broker
	now        func() time.Time
	minDisk    uint64 // bytes; 0: the check's own limit
	minMemory  uint64
	sys, proc  string
	socket     string // of systemd
	interval   time.Duration
}

// inspectedFaces of each label are shown to the certified check, so that an inspection stays short.
const inspectedFaces = 4

// all are all checks: first those that must pass before a frame is judged.
func (i *Inspection) all() []selftest.Check {
	e, p := i.engine, &i.parts
	patches := &selftest.Patches{
		Pack: e.Pack, Classifier: p.classifier, Smoother: p.smoother, Seed: i.Options.Seed, Draws: i.Options.Draws, Pictures: i.Options.Pictures,
	}
	defense := testedDefense(e, p.network, p.smoother, p.witness)
	defense.Seed, defense.Faces = i.Options.Seed, inspectedFaces
	checks := []selftest.Check{
		selftest.PackHash{Pack: e.Pack},
		selftest.ModelAnswers{Classifier: p.classifier, Pack: e.Pack},
		selftest.Smoothing{Smoother: p.smoother, Window: e.Pack.Manifest.Smoothing.Window},
		selftest.PackSignature{Pack: e.Pack, Keys: i.Config.Classifier.Keys()},
		delegateCheck(e, p.classifier, i.Options.Seed),
		selftest.Detector{Finder: p.finder, Pack: e.Pack},
		selftest.Certified{Defense: defense},
		selftest.Squeezing{Defense: defense},
		selftest.PatchAccuracy{Patches: patches},
		selftest.NoneCorrect{Patches: patches},
		selftest.PatchDetected{Defense: defense},
	}
	if len(i.Config.Cameras) == 0 {
		checks = append(checks, selftest.NoCamera{})
	}
	for k := range i.Config.Cameras {
		v := i.look(&i.Config.Cameras[k])
		i.views = append(i.views, v)
		checks = append(checks,
			selftest.CameraOpens{View: v}, selftest.CameraFPS{View: v}, selftest.CameraFrozen{View: v}, selftest.CameraDark{View: v},
			selftest.CameraBlurred{View: v}, selftest.CameraBlocked{View: v}, selftest.CameraMoved{View: v},
		)
	}
	checks = append(checks, selftest.PatchLive{
		Patches: &selftest.Patches{Pack: e.Pack, Classifier: p.classifier, Smoother: p.smoother, Seed: i.Options.Seed, Draws: i.Options.Draws},
		Views:   i.views,
		Faces:   func(context.Context) ([][]byte, error) { return i.met(), i.unmet },
	})
	return slices.Concat(checks, i.deep(), i.unit()) // deep after patch_live: it attacks the same faces
}

// look is what the checks of one camera look through; who is seen meanwhile lends a face to patch_live.
func (i *Inspection) look(c *config.Camera) *selftest.View {
	v := newView(i.Config, c)
	v.Open, v.Patience = func() (selftest.Viewer, error) { return i.parts.view(c) }, time.Duration(c.StallTimeout)
	v.Remember, v.Frame = i.Options.Remember, i.Options.Frame
	v.Meet = func(f *frame.Frame) {
		i.engine.Samples.Ask()
		i.unmet = errors.Join(i.unmet, i.pipeline.Classify(f))
	}
	return v
}

// met are the faces that the cameras saw; deep checks, if there are any, get copies.
func (i *Inspection) met() [][]byte {
	faces := i.engine.Samples.Take()
	if i.network != nil {
		for _, f := range faces {
			i.crops = append(i.crops, slices.Clone(f))
		}
	}
	return faces
}

// unit are the checks of what is around the cameras.
func (i *Inspection) unit() []selftest.Check {
	p := &i.parts
	outbox, broker := "", selftest.MQTT{Broker: string(p.broker)}
	if p.broker != "" {
		outbox, broker.RoundTrip = i.Config.StateDir, i.roundTrip
	}
	var made time.Time
	if info, err := os.Stat(filepath.Join(i.engine.Pack.Dir, "manifest.json")); err == nil {
		made = info.ModTime()
	}
	return []selftest.Check{
		selftest.Clock{Now: p.now, Since: time.Since, After: made, Synced: p.broker != ""},
		selftest.Disk{Dir: i.Config.StateDir, MinFree: p.minDisk},
		selftest.Memory{Proc: p.proc, MinFree: p.minMemory},
		selftest.Temperature{Sys: p.sys},
		selftest.Throttling{Sys: p.sys},
		selftest.Spool{Dir: outbox, Open: p.outbox},
		broker,
		selftest.Watchdog{Socket: p.socket, Interval: p.interval},
	}
}

// roundTrip sends a message through the configured broker.
func (i *Inspection) roundTrip(ctx context.Context) (time.Duration, error) {
	p := publisher(i.Config)
	p.Broker = string(i.parts.broker)
	return p.RoundTrip(ctx)
}

// view opens a camera to be looked at.
func (i *Inspection) view(c *config.Camera) (selftest.Viewer, error) {
	if i.Options.Remember {
		if err := os.MkdirAll(i.Config.StateDir, 0o700); err != nil {
			return nil, err
		}
	}
	pool := &frame.Pool{}
	camera, err := pipeline.NewCamera(i.Config, c, pool)
	if err != nil {
		return nil, err
	}
	camera.Logger = i.Logger
	if err := camera.Initialize(); err != nil {
		return nil, err
	}
	return viewer{camera, pool}, nil
}

// viewer frees its pixels with the camera.
type viewer struct {
	*capture.Camera
	pool *frame.Pool
}

func (v viewer) Close() {
	v.Camera.Close()
	v.pool.Close()
}
