package daemon

import (
	"time"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/schedule"
)

// startSchedule readies the checks that run next to the cameras, the vital ones first.
func (d *Daemon) startSchedule() error {
	c := &d.Config.SelfTest
	var checks []selftest.Check
	checks, d.host = d.checks(d.engine)
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
