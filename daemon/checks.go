package daemon

import (
	"context"
	"time"

	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/selftest"
	cameracheck "github.com/maskwarden/maskwarden/selftest/camera"
	"github.com/maskwarden/maskwarden/selftest/catalogue"
	"github.com/maskwarden/maskwarden/selftest/host"
)

// What comes often need not be long: how many faces a check of the daemon's round asks about.
const (
	roundDraws = 2 // of each patch on each face
	roundFaces = 1 // of each label
)

// patienceForFrames is how long a check waits for a running camera's next frame.
const patienceForFrames = 5 * time.Second

// checks are all that the daemon tests itself and an engine with while it runs: between frames, and on copies of the frames of its running
// cameras.
func (d *Daemon) checks(e *pipeline.Engine) ([]selftest.Check, *host.Host) {
	u := newUnit(e, e.SharedClassifier(), e.SharedSmoother())
	u.Defense.Faces, u.Defense.Draws, u.Defense.People = roundFaces, roundDraws, d.present
	u.Host.RoundTrip = func(ctx context.Context) (time.Duration, error) { return d.publisher.Load().RoundTrip(ctx) }
	u.Host.Connected = d.board.connected
	for i, c := range u.Cameras {
		c.Open, c.Patience = func() (cameracheck.Viewer, error) { return d.cameras[i].subscribe() }, patienceForFrames
	}
	return catalogue.Checks(u), u.Host
}

// present are faces of people in view, none where nobody is.
func (d *Daemon) present(ctx context.Context) ([][]byte, error) {
	if d.board.people() == 0 {
		return nil, nil
	}
	return d.engine.Samples.Collect(ctx), nil
}
