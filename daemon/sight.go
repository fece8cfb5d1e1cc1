package daemon

import (
	"context"
	"path/filepath"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/selftest"
)

// patienceForFrames is how long a check waits for a running camera's next frame.
const patienceForFrames = 5 * time.Second

// eye is what the checks of one camera look through beside its work. They are sums over the same two seconds: the check that has
// seen these looks anew. It belongs to the schedule's goroutine.
type eye struct {
	*Daemon
	place  int // of the camera
	view   *selftest.View
	seenBy map[string]bool
}

// sight is a check of what a running camera sees.
type sight struct {
	eye   *eye
	check func(*selftest.View) selftest.Check
	name  string
}

// sights are the checks of a running camera. That it opens is no question here: the daemon's state tells of a lost camera.
func (d *Daemon) sights(place int) (checks []selftest.Check) {
	e := &eye{Daemon: d, place: place, seenBy: map[string]bool{}}
	named := newView(d.Config, &d.Config.Cameras[place])
	for _, check := range []func(*selftest.View) selftest.Check{
		func(v *selftest.View) selftest.Check { return selftest.CameraFPS{View: v} },
		func(v *selftest.View) selftest.Check { return selftest.CameraFrozen{View: v} },
		func(v *selftest.View) selftest.Check { return selftest.CameraDark{View: v} },
		func(v *selftest.View) selftest.Check { return selftest.CameraBlurred{View: v} },
		func(v *selftest.View) selftest.Check { return selftest.CameraBlocked{View: v} },
		func(v *selftest.View) selftest.Check { return selftest.CameraMoved{View: v} },
	} {
		checks = append(checks, sight{e, check, check(named).Name()})
	}
	return checks
}

// Name implements selftest.Check.
func (s sight) Name() string { return s.name }

// Run implements selftest.Check.
func (s sight) Run(ctx context.Context) selftest.Result {
	if hidden(s.eye.Config.Cameras[s.eye.place].PrivacyZones) {
		return selftest.Result{Result: selftest.Skipped, Detail: "a privacy zone hides the picture"}
	}
	view := s.eye.look(s.name)
	r := s.check(view).Run(ctx)
	r.Waited = view.Waited()
	return r
}

// look returns a view that the check has not seen.
func (e *eye) look(check string) *selftest.View {
	if e.view == nil || e.seenBy[check] {
		e.view = newView(e.Config, &e.Config.Cameras[e.place])
		e.view.Open, e.view.Patience = e.cameras[e.place].subscribe, patienceForFrames
		clear(e.seenBy)
	}
	e.seenBy[check] = true
	return e.view
}

// newView is what a camera's checks look through, still to be opened.
func newView(all *config.Config, c *config.Camera) *selftest.View {
	return &selftest.View{
		Camera: string(c.Name), Live: c.Source.Live(), FPS: c.FPS, Memory: filepath.Join(all.StateDir, "view-"+string(c.Name)+".png"),
	}
}

// hidden says whether a privacy zone leaves next to nothing of the picture, so that it says nothing of the lens or the light.
func hidden(zones []config.Zone) bool {
	const most = 0.9 // of the picture
	for _, z := range zones {
		if (z[2]-z[0])*(z[3]-z[1]) > most {
			return true
		}
	}
	return false
}
