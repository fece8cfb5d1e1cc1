package camera

import (
	"errors"
	"io/fs"

	"github.com/maskwarden/maskwarden/selftest"
)

// same is the least correlation of the two views. People who pass are averaged away; a camera turned by a third of its picture sees another.
const same = 0.5

// Moved compares what a camera sees with the view that was remembered when it was put up. The value is the correlation of both, -1 to 1.
func Moved(c *Camera) selftest.Check {
	return c.check(selftest.Check{
		Name: "camera_moved", Severity: selftest.Drift,
		Asks:   "does it see what it saw when its view was remembered?",
		Remedy: "turn it back, or `--remember-view`",
		Needs:  []selftest.Need{c.live("a file does not move"), c.picture(), c.state()},
	}, c.gradeView)
}

func (c *Camera) state() selftest.Need {
	return selftest.Need{Name: "a state folder", Lacks: func() string {
		if c.Memory == "" {
			return "no view can be remembered here"
		}
		return ""
	}}
}

func (c *Camera) gradeView(v *view) selftest.Result {
	const hint = "turn the camera back; if it hangs as it should, run maskwarden selftest --remember-view"
	before, err := readThumb(c.Memory)
	if errors.Is(err, fs.ErrNotExist) {
		r := selftest.Skip("no view is remembered: run maskwarden selftest --remember-view once the camera hangs as it should")
		r.NotApplicable = true
		return r
	}
	if err != nil {
		return selftest.Failed(err, hint)
	}
	r := selftest.Scale{
		Quantity: "similarity", Bound: selftest.AtLeast, Fail: same, Hint: hint,
	}.Grade(selftest.Rounded(v.thumb.likeness(&before)))
	r.Detail = "correlation with the view that is remembered"
	return r
}
