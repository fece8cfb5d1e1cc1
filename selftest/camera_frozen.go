package selftest

import (
	"context"
	"fmt"
)

// CameraFrozen checks that a camera's pictures change: no sensor gives the same bytes twice.
type CameraFrozen struct{ View *View }

// moving is the least share of pictures that differ from the one before; network cameras repeat some.
const moving = 0.1

// Name implements Check.
func (c CameraFrozen) Name() string { return c.View.name("camera_frozen") }

// Run implements Check. Value is the share of pictures that differ from the one before.
func (c CameraFrozen) Run(ctx context.Context) Result {
	look, err := c.View.watch(ctx)
	switch {
	case err != nil:
		return unseen()
	case !c.View.Live:
		return skip("a file may hold the same picture for long")
	case look.frames < 3:
		return Result{Result: Warn, Detail: fmt.Sprintf("%d pictures are too few to tell", look.frames), Hint: "see camera_fps"}
	}
	r := Result{Result: Pass, Value: rounded(float64(look.changes) / float64(look.frames-1)), Limit: moving, Unit: "share"}
	r.Detail = fmt.Sprintf("%d of %d pictures are new", look.changes, look.frames-1)
	if r.Value < moving {
		r.Result, r.Hint = Fail, "switch the camera off and on; somebody may be feeding it a still picture"
	}
	return r
}
