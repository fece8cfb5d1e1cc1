package selftest

import (
	"context"
	"errors"
	"io/fs"
)

// CameraMoved compares what a camera sees with the view that was remembered when it was put up.
type CameraMoved struct{ View *View }

// same is the least correlation of the two views. People who pass are averaged away; a camera turned by a third of its picture sees another.
const same = 0.5

// Name implements Check.
func (c CameraMoved) Name() string { return c.View.name("camera_moved") }

// Run implements Check. Value is the correlation of both views, -1 to 1.
func (c CameraMoved) Run(ctx context.Context) Result {
	look, err := c.View.watch(ctx)
	switch {
	case err != nil:
		return unseen()
	case !c.View.Live:
		return skip("a file does not move")
	case c.View.Memory == "":
		return skip("no view can be remembered here")
	}
	const hint = "turn the camera back; if it hangs as it shall, run maskwarden selftest --remember-view"
	before, err := readThumb(c.View.Memory)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return skip("no view is remembered: run maskwarden selftest --remember-view once the camera hangs as it shall")
	case err != nil:
		return failed(err, hint)
	}
	r := Result{Result: Pass, Value: rounded(look.thumb.likeness(&before)), Limit: same, Unit: "correlation", Detail: "with the view that is remembered"}
	if r.Value < same {
		r.Result, r.Hint = Fail, hint
	}
	return r
}
