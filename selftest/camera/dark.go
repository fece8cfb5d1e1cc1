package camera

import "github.com/maskwarden/maskwarden/selftest"

// Mean gray values, 0 to 255. The darkest of 91 street and news pictures has one of 52.
const (
	dark = 12 // below which nothing can be seen
	dusk = 25 // below which faces are noise
)

// Dark checks that there is light enough. The value is the mean gray value.
func Dark(c *Camera) selftest.Check {
	return c.check(selftest.Check{
		Name: "camera_dark", Severity: selftest.Drift,
		Asks:   "is it bright enough?",
		Remedy: "light, lens cap, exposure",
		Needs:  []selftest.Need{c.picture()},
	}, func(v *view) selftest.Result {
		return selftest.Scale{
			Quantity: "brightness", Unit: "of 255", Bound: selftest.AtLeast, Fail: dark, Warn: dusk,
			Hint: "switch on a light, take off the lens cap, or let the camera expose for longer",
		}.Grade(v.median(func(s sample) float64 { return s.brightness }))
	})
}
