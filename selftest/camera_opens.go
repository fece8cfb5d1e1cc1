package selftest

import (
	"cmp"
	"context"
	"fmt"
)

// CameraOpens checks that a camera gives a picture.
type CameraOpens struct{ View *View }

// Name implements Check.
func (c CameraOpens) Name() string { return c.View.name("camera_opens") }

// Run implements Check. Value is the time until the first picture.
func (c CameraOpens) Run(ctx context.Context) Result {
	r := Result{Result: Pass, Limit: cmp.Or(c.View.Patience, DefaultPatience).Seconds(), Unit: "s"}
	look, err := c.View.watch(ctx)
	if err != nil {
		r.Result, r.Value, r.Detail = Fail, r.Limit, err.Error()
		r.Hint = "see cable, power and address of the camera, and that no other program has it open"
		return r
	}
	r.Value, r.Detail = rounded(look.opened.Seconds()), fmt.Sprintf("%d pictures seen", look.frames)
	if look.last != nil {
		r.Pictures = []Picture{{Caption: "what camera " + c.View.Camera + " sees", PNG: look.last}}
	}
	return r
}
