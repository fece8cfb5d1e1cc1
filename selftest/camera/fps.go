package camera

import (
	"fmt"

	"github.com/maskwarden/maskwarden/selftest"
)

const (
	slowFPS = 1.0 // with fewer pictures a second people pass between them
	lateFPS = 0.5 // share of what was asked for
)

// FPS checks that a camera gives pictures as fast as it was asked to. The value is in pictures a second.
func FPS(c *Camera) selftest.Check {
	return c.check(selftest.Check{
		Name: "camera_fps", Severity: selftest.Drift,
		Asks:   "are there pictures enough a second?",
		Remedy: "network, light (cameras expose longer in the dark), load",
		Needs:  []selftest.Need{c.live("a file gives its pictures at any speed")},
	}, func(v *view) selftest.Result {
		fps := 0.0
		if v.frames > 1 && v.span > 0 {
			fps = selftest.Rounded(float64(v.frames-1) / v.span.Seconds())
		}
		wanted := lateFPS * c.FPS
		r := selftest.Scale{
			Quantity: "rate", Unit: "pictures/s", Bound: selftest.AtLeast, Fail: slowFPS, Warn: wanted,
			Hint: "see the network, the light (cameras expose longer in the dark) and the unit's load",
		}.Grade(fps)
		r.Detail = fmt.Sprintf("%d pictures in %.1f s", v.frames, v.span.Seconds())
		if r.Result == selftest.Warn {
			r.Detail += fmt.Sprintf(", %g a second were asked for", c.FPS)
		}
		return r
	})
}
