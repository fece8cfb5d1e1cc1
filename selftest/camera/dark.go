package camera

import (
	"cmp"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/selftest"
)

// dusk is how many times the limit of faces a picture has to be as bright, so that faces against the light pass that limit, too. Of 181
// faces in 30 news pictures the darkest has 0.41 of its picture's mean gray value; the darkest of 91 street and news pictures has one of 52.
const dusk = 3

// Dark checks that there is light enough. The value is the mean gray value; it fails where a face that is no brighter is judged no more.
func Dark(c *Camera) selftest.Check {
	limit := cmp.Or(c.MinBrightness, face.DefaultMinBrightness)
	return c.check(selftest.Check{
		Name: "camera_dark", Severity: selftest.Drift,
		Asks:   "is it bright enough to judge faces?",
		Remedy: "light, lens cap, exposure; `faces.min_brightness`",
		Needs:  []selftest.Need{c.picture()},
	}, func(v *view) selftest.Result {
		return selftest.Scale{
			Quantity: "brightness", Unit: "of 255", Bound: selftest.AtLeast, Fail: limit, Warn: selftest.Rounded(dusk * limit),
			Hint: "switch on a light, take off the lens cap, or let the camera expose for longer",
		}.Grade(v.median(func(s sample) float64 { return s.brightness }))
	})
}
