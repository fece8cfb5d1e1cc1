package camera

import (
	"fmt"

	"github.com/maskwarden/maskwarden/selftest"
)

const (
	moving     = 0.1 // least share of pictures that differ from the one before; network cameras repeat some
	fewestSeen = 3   // pictures from which it can be measured
)

// Frozen checks that a camera's pictures change: no sensor gives the same bytes twice. The value is the share of pictures that differ from
// the one before.
func Frozen(c *Camera) selftest.Check {
	return c.check(selftest.Check{
		Name: "camera_frozen", Severity: selftest.Drift,
		Asks:   "do the pictures change? No sensor gives the same bytes twice",
		Remedy: "switch the camera off and on; somebody may be feeding it a still picture",
		Needs:  []selftest.Need{c.live("a file may hold the same picture for long"), c.picture()},
	}, func(v *view) selftest.Result {
		if v.frames < fewestSeen {
			return selftest.Result{Result: selftest.Warn, Detail: fmt.Sprintf("%d pictures are too few to compare", v.frames), Hint: "see camera_fps"}
		}
		r := selftest.Scale{
			Quantity: "new pictures", Unit: "share", Bound: selftest.AtLeast, Fail: moving,
			Hint: "switch the camera off and on; somebody may be feeding it a still picture",
		}.Grade(selftest.Rounded(float64(v.changes) / float64(v.frames-1)))
		r.Detail = fmt.Sprintf("%d of %d pictures are new", v.changes, v.frames-1)
		return r
	})
}
