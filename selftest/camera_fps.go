package selftest

import (
	"context"
	"fmt"
)

// CameraFPS checks that a camera gives pictures as fast as it was asked to.
type CameraFPS struct{ View *View }

const (
	slowFPS = 1.0 // with fewer pictures a second people pass between them
	lateFPS = 0.5 // share of what was asked for
)

// Name implements Check.
func (c CameraFPS) Name() string { return c.View.name("camera_fps") }

// Run implements Check. Value is in pictures a second.
func (c CameraFPS) Run(ctx context.Context) Result {
	look, err := c.View.watch(ctx)
	switch {
	case err != nil:
		return unseen()
	case !c.View.Live:
		return skip("a file gives its pictures at any speed")
	}
	r := Result{Result: Pass, Limit: slowFPS, Unit: "fps", Detail: fmt.Sprintf("%d pictures in %.1f s", look.frames, look.span.Seconds())}
	if look.frames > 1 && look.span > 0 {
		r.Value = rounded(float64(look.frames-1) / look.span.Seconds())
	}
	switch {
	case r.Value < slowFPS:
		r.Result, r.Hint = Fail, "see the network, the light (cameras expose longer in the dark) and the unit's load"
	case r.Value < lateFPS*c.View.FPS:
		r.Result, r.Limit = Warn, lateFPS*c.View.FPS
		r.Hint = fmt.Sprintf("%g were asked for: see the network, the light (cameras expose longer in the dark) and the unit's load", c.View.FPS)
	}
	return r
}
