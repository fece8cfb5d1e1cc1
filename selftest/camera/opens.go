package camera

import (
	"cmp"
	"fmt"

	"github.com/maskwarden/maskwarden/selftest"
)

const (
	opens         = "camera_opens"
	opensSeverity = selftest.Fault
)

// Opens checks that a camera gives a picture. The value is the time until the first.
func Opens(c *Camera) selftest.Check {
	return c.opened(selftest.Check{
		Name: opens, Severity: opensSeverity,
		Asks:   "does the camera give a picture?",
		Remedy: "cable, power, address; another program that has it open",
	}, c.gradeOpening)
}

func (c *Camera) gradeOpening(v *view, err error) selftest.Result {
	const hint = "see cable, power and address of the camera, and that no other program has it open"
	if err != nil {
		return selftest.Failed(err, hint)
	}
	r := selftest.Scale{
		Quantity: "first picture", Unit: "s", Bound: selftest.AtMost, Fail: cmp.Or(c.Patience, DefaultPatience).Seconds(), Hint: hint,
	}.Grade(selftest.Rounded(v.opened.Seconds()))
	r.Detail = fmt.Sprintf("%d pictures seen", v.frames)
	if r.Result == selftest.Pass && c.InsecureTLS {
		r.Result, r.Detail = selftest.Warn, r.Detail+"; nobody checks that they come from this camera"
		r.Hint = "put the camera's authority into cameras[].ca_file, and take out insecure_tls"
	}
	if v.last != nil {
		r.Pictures = []selftest.Picture{*v.last}
	}
	return r
}

// Opened is the result of Opens for a camera that gave a picture just now.
func Opened(camera string) selftest.Result {
	return selftest.Result{Name: opens + ":" + camera, Severity: opensSeverity, Result: selftest.Pass}
}
