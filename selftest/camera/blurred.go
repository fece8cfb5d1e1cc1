package camera

import "github.com/maskwarden/maskwarden/selftest"

// Variance of the Laplacian over that of the gray values, 320 pixels wide. Of 91 street and news pictures the least sharp has 0.015, half
// of them more than 0.21; a Gaussian blur with a deviation of half a percent of the width brings three of four below 0.009, one of a
// percent all below 0.005.
const (
	blurred = 0.005
	soft    = 0.012
)

// Blurred checks that the picture is sharp. The value is the sharpness.
func Blurred(c *Camera) selftest.Check {
	return c.check(selftest.Check{
		Name: "camera_blurred", Severity: selftest.Drift,
		Asks:   "is the picture sharp?",
		Remedy: "clean and focus the lens; film, condensation",
		Needs:  []selftest.Need{c.picture()},
	}, func(v *view) selftest.Result {
		return selftest.Scale{
			Quantity: "sharpness", Bound: selftest.AtLeast, Fail: blurred, Warn: soft,
			Hint: "clean the lens, take off its film, focus it; check for condensation",
		}.Grade(v.median(func(s sample) float64 { return s.sharpness }))
	})
}
