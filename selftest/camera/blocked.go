package camera

import "github.com/maskwarden/maskwarden/selftest"

// Shares of the picture without structure. In 91 street and news pictures it is 0.08 at most.
const (
	blocked = 0.9
	covered = 0.5
)

// Blocked checks that nothing is held before the lens. The value is the share of the picture that shows nothing.
func Blocked(c *Camera) selftest.Check {
	return c.check(selftest.Check{
		Name: "camera_blocked", Severity: selftest.Drift,
		Asks:   "is something held before the lens?",
		Remedy: "tape, paint, a hand, a plain wall",
		Needs:  []selftest.Need{c.picture()},
	}, func(v *view) selftest.Result {
		return selftest.Scale{
			Quantity: "empty part", Unit: "share", Bound: selftest.AtMost, Fail: blocked, Warn: covered,
			Hint: "take away what covers the lens: tape, paint, a hand, spiders' webs, a plain wall",
		}.Grade(v.median(func(s sample) float64 { return s.flat }))
	})
}
