package daemon

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	cameracheck "github.com/maskwarden/maskwarden/selftest/camera"
)

// openCamera opens a configured camera for its checks.
type openCamera func(*config.Camera) (cameracheck.Viewer, error)

// completeCameras lets the checks open the cameras themselves; people in view give a face to patch_live.
func (i *Inspection) completeCameras() {
	for k, c := range i.unit.Cameras {
		configured := &i.Config.Cameras[k]
		c.Open, c.Patience = func() (cameracheck.Viewer, error) { return i.open(configured) }, time.Duration(configured.StallTimeout)
		c.Remember, c.Picture, c.Finder = i.Options.Remember, i.Options.Frame, i.pipeline.Detector
		c.OnFrame = func(f *frame.Frame) {
			i.engine.Samples.Ask()
			i.people = errors.Join(i.people, i.pipeline.Classify(f))
		}
	}
}

// seePeople has the cameras watched, unless their checks did so before, and returns the faces that were seen.
func (i *Inspection) seePeople(ctx context.Context) ([][]byte, error) {
	for _, c := range i.unit.Cameras {
		_ = c.See(ctx) // whether it gives pictures is the question of camera_opens
	}
	faces := i.engine.Samples.Take()
	if i.network != nil { // deep checks get copies
		for _, f := range faces {
			i.crops = append(i.crops, slices.Clone(f))
		}
	}
	return faces, i.people
}

// openCamera opens a camera as the daemon does.
func (i *Inspection) openCamera(c *config.Camera) (cameracheck.Viewer, error) {
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
