// Package catalogue lists all checks of the self-test. The stand-alone self-test and the running daemon take theirs from here; what differs
// between them is the unit that the checks run on.
package catalogue

import (
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/camera"
	"github.com/maskwarden/maskwarden/selftest/deep"
	"github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/host"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// Unit is what the checks ask. What they need and it lacks is skipped.
type Unit struct {
	Model   *model.Model
	Defense *defense.Defense
	Cameras []*camera.Camera // none: the checks of cameras are skipped
	Host    *host.Host
	Deep    *deep.Suite // nil: no attacks on this unit
}

// Checks are all checks of a unit in the order in which they run: first those that must pass before a frame is processed.
func Checks(u *Unit) []selftest.Check {
	checks := []selftest.Check{
		model.Hash(u.Model),
		model.Answers(u.Model),
		model.Smoothing(u.Model),
		model.Signature(u.Model),
		model.Delegate(u.Model),
		model.Detector(u.Model),
		model.InDim(u.Model),
		defense.Certified(u.Defense),
		defense.Squeezing(u.Defense),
		defense.PatchAccuracy(u.Defense),
		defense.PatchKind(u.Defense),
		defense.NoneCorrect(u.Defense),
		defense.PatchDetected(u.Defense),
	}
	cameras := u.Cameras
	if len(cameras) == 0 {
		cameras = []*camera.Camera{{}}
	}
	for _, c := range cameras {
		checks = append(checks,
			camera.Opens(c),
			camera.FPS(c),
			camera.Frozen(c),
			camera.Dark(c),
			camera.Blurred(c),
			camera.Blocked(c),
			camera.Moved(c),
			camera.Upright(c),
		)
	}
	checks = append(checks, defense.PatchLive(u.Defense)) // after the cameras, which show whose faces it takes
	if u.Deep != nil {                                    // after patch_live: they attack the same faces
		checks = append(checks,
			deep.Runtime(u.Deep),
			deep.FGSM(u.Deep),
			deep.PGD(u.Deep),
			deep.Patch(u.Deep),
			deep.Curve(u.Deep),
		)
	}
	return append(checks,
		host.Clock(u.Host),
		host.Disk(u.Host),
		host.Memory(u.Host),
		host.Temperature(u.Host),
		host.Throttling(u.Host),
		host.Spool(u.Host),
		host.MQTT(u.Host),
		host.Watchdog(u.Host),
	)
}

// Vital are the checks whose failure forbids to process frames.
func Vital(checks []selftest.Check) (vital []selftest.Check) {
	for _, c := range checks {
		if c.Severity == selftest.Vital {
			vital = append(vital, c)
		}
	}
	return vital
}
