package selftest

import "context"

// CameraDark checks that there is light enough. The darkest of 91 street and news pictures has a mean of 52.
type CameraDark struct{ View *View }

const (
	dark = 12 // mean gray value below which nothing can be seen
	dusk = 25 // below which faces are noise
)

// Name implements Check.
func (c CameraDark) Name() string { return c.View.name("camera_dark") }

// Run implements Check. Value is the mean gray value, 0 to 255.
func (c CameraDark) Run(ctx context.Context) Result {
	return c.View.graded(ctx, func(s sample) float64 { return s.brightness }, dark, dusk, Result{
		Unit: "gray value", Detail: "how bright it is, 0 to 255",
		Hint: "switch on a light, take off the lens cap, or let the camera expose for longer",
	})
}
