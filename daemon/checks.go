package daemon

import (
	"context"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// checks are all that the daemon tests itself with while it runs, those that forbid to judge frames first. Cameras, broker and
// outbox are in use: what is amiss with them the daemon's state tells.
func (d *Daemon) checks() []selftest.Check {
	e := d.engine
	checks := append(e.Checks(), selftest.PackSignature{Pack: e.Pack, Keys: d.Config.Classifier.Keys()})
	if compared := e.delegate(&shared{engine: e}, 0); compared.Alone == "" { // a vital check that is skipped would fail every full pass
		checks = append(checks, compared)
	}
	if len(e.Pack.Manifest.Patches) > 0 {
		checks = append(checks,
			worn{"patch_accuracy", "", e, func(p *selftest.Patches) selftest.Check { return selftest.PatchAccuracy{Patches: p} }},
			worn{"patch_none_correct", "correct", e, func(p *selftest.Patches) selftest.Check { return selftest.NoneCorrect{Patches: p} }},
		)
	}
	return append(checks,
		selftest.Clock{Now: time.Now, Since: time.Since},
		selftest.Disk{Dir: d.Config.StateDir},
		selftest.Memory{Proc: "/proc"},
		selftest.Temperature{Sys: "/sys"},
		selftest.Throttling{Sys: "/sys"},
	)
}

// worn lays the pack's stored patches anew at every run; the result tells the seed of places, angles and light.
type worn struct {
	name   string
	aim    string // see selftest.Patches
	engine *Engine
	check  func(*selftest.Patches) selftest.Check
}

func (w worn) Name() string { return w.name }

// Run tries each patch twice on each face: what comes often need not be long.
func (w worn) Run(ctx context.Context) selftest.Result {
	return w.check(&selftest.Patches{
		Pack: w.engine.Pack, Classifier: &shared{engine: w.engine}, Smoother: sharedSmoother{w.engine},
		Seed: uint64(time.Now().Unix()), Draws: 2, Aim: w.aim,
	}).Run(ctx)
}
