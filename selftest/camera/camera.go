// Package camera has the checks of what a camera shows: that it gives pictures, fast enough, of the right place, and that they can be
// relied on.
package camera

import (
	"context"
	"time"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/selftest"
)

// Camera is one camera as its checks see it. They share a view of some seconds: a check that has used it already takes a new one.
// It is for one goroutine.
type Camera struct {
	Name   string                 // empty: there is no camera
	Open   func() (Viewer, error) // opens the camera, or subscribes to the frames of a running one
	Live   bool                   // no file: its pictures change, and it can move
	Hidden bool                   // a privacy zone hides nearly all of the picture
	FPS    float64                // pictures a second that were asked for; 0: not known

	MinBrightness float64 // of faces that are judged, as the quality gate has it; 0: face.DefaultMinBrightness

	InsecureTLS bool   // its certificate is not checked
	Rotate      int    // degrees clockwise that its pictures are turned by
	Mirrored    bool   // and then mirrored
	Finder      Finder // nil: none is free

	Watch    time.Duration      // how long it is watched; 0: DefaultWatch
	Patience time.Duration      // how long the first picture may take; 0: DefaultPatience
	Memory   string             // file of the view that is remembered, see Moved
	Remember bool               // remember this view
	Picture  bool               // keep the last picture for the report
	OnFrame  func(*frame.Frame) // called with a picture now and then, to find faces in it; may be nil

	view   *view
	usedBy map[string]bool // the checks that have used the view
}

// Viewer is a camera that was opened; capture.Camera is one.
type Viewer interface {
	Frames() <-chan *frame.Frame
	Err() error
	Close()
}

// Defaults of Camera.
const (
	DefaultWatch    = 2 * time.Second
	DefaultPatience = 10 * time.Second
)

// See watches the camera for OnFrame, unless its checks have done so already.
func (c *Camera) See(ctx context.Context) error { return c.current().watch(ctx) }

// current is the last view, a new one before the first.
func (c *Camera) current() *view {
	if c.view == nil {
		c.view, c.usedBy = &view{camera: c}, map[string]bool{}
	}
	return c.view
}

// unused is a view that the check has not used yet.
func (c *Camera) unused(check string) *view {
	if c.usedBy[check] {
		c.view = nil
	}
	v := c.current()
	c.usedBy[check] = true
	return v
}

// check completes a check of this camera whose result is graded from what was seen.
func (c *Camera) check(k selftest.Check, grade func(*view) selftest.Result) selftest.Check {
	return c.opened(k, func(v *view, err error) selftest.Result {
		if err != nil {
			return selftest.Skip("the camera gives no picture: see " + opens)
		}
		return grade(v)
	})
}

// opened completes a check of this camera that is also asked when it gives no picture.
func (c *Camera) opened(k selftest.Check, grade func(*view, error) selftest.Result) selftest.Check {
	kind := k.Name
	if c.Name != "" {
		k.Name += ":" + c.Name
	}
	k.Needs = append([]selftest.Need{{Name: "a camera", Lacks: c.missing}}, k.Needs...)
	k.Run = func(ctx context.Context, _ uint64) selftest.Result {
		v := c.unused(kind)
		err := v.watch(ctx)
		r := grade(v, err)
		r.Waited = v.takeWaited()
		return r
	}
	return k
}

func (c *Camera) missing() string {
	if c.Name == "" {
		return "no camera is configured: name the daemon's configuration with --config"
	}
	return ""
}

// picture is the need of a picture that shows something.
func (c *Camera) picture() selftest.Need {
	return selftest.Need{Name: "a picture that no privacy zone hides", Lacks: func() string {
		if c.Hidden {
			return "a privacy zone hides the picture"
		}
		return ""
	}}
}

// live is the need of a camera in place of a file; why says what a file lacks.
func (c *Camera) live(why string) selftest.Need {
	return selftest.Need{Name: "no file", Lacks: func() string {
		if !c.Live {
			return why
		}
		return ""
	}}
}
