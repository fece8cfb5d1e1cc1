package daemon

import (
	"context"
	"time"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/catalogue"
	"github.com/maskwarden/maskwarden/selftest/schedule"
)

// testVital runs the vital checks before a frame is taken. A failure does not end the daemon: every label is unknown until a full
// self-test passes. The pack counts as one that has run only once these checks passed.
func (d *Daemon) testVital(ctx context.Context, checks []selftest.Check) error {
	d.health.Begin()
	results := selftest.Run(ctx, selftest.NewSeed(), catalogue.Vital(checks))
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, r := range results {
		d.note(r)
	}
	if selftest.Summarize(results).Result != selftest.Fail {
		d.remember()
	}
	return nil
}

// remember notes the pack's version as one that has run. A state folder that cannot be read or written for now does not stop the unit.
func (d *Daemon) remember() { d.fault(report.StateDirSubject, d.rollback.raise()) }

// startSchedule readies the checks that run next to the cameras, the vital ones first.
func (d *Daemon) startSchedule(checks []selftest.Check) error {
	c := &d.Config.SelfTest
	d.schedule = &schedule.Schedule{
		Checks:   checks,
		Interval: time.Duration(c.Interval), Share: c.CPU, Night: c.Nightly.Since(),
		OnResult: func(r selftest.Result) {
			d.metrics.ObserveCheck(r.Name, r.Result, r.Seconds)
			d.note(r)
		},
		OnPass: d.passed,
	}
	return d.schedule.Initialize()
}

// note takes the result of one check.
func (d *Daemon) note(r selftest.Result) {
	if r.Result == selftest.Fail {
		d.Logger.Error("self-test failed", "check", r.Name, "finding", r.Finding(), "hint", r.Hint)
	}
	d.health.Result(r)
}

// passed takes the results of a full self-test.
func (d *Daemon) passed(p schedule.Pass) {
	sum := selftest.Summarize(p.Results)
	d.board.tested(&report.SelfTest{
		Time: p.Ended, Why: p.Why, Result: sum.Result, Checks: sum.Checks, Failed: sum.Failed, Warned: sum.Warned, Seconds: p.Busy.Seconds(),
	})
	d.health.Pass(p.Results)
	d.Logger.Info("full self-test", "why", p.Why, "result", sum.Result, "checks", sum.Checks, "failed", sum.Failed, "warned", sum.Warned, "busy", p.Busy)
	if sum.Result != selftest.Fail { // the vital checks may have passed only now
		d.remember()
	}
}

// turned reports a change of health.
func (d *Daemon) turned(from, to health.Status) {
	log := d.Logger.Info
	switch to.State {
	case health.Degraded:
		log = d.Logger.Warn
	case health.FailSafe:
		log = d.Logger.Error
	}
	log("health", "state", to.State, "was", from.State, "reasons", to.Reasons)
	d.board.changed()
}
