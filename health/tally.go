package health

import (
	"math"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// Results in a row that a drifting check needs to change the state.
const (
	Enter = 2
	Leave = 3
)

// tally is what the results of one check add up to.
type tally struct {
	vital         bool
	failing       bool // it counts towards the state
	fails, passes int  // results in a row
	reason        report.Reason
}

// take counts a result. One of a full self-test decides alone; from others a vital check that failed gets no way back.
func (m *Machine) take(r *selftest.Result, now time.Time, full bool) {
	t := m.checks[r.Name]
	if t == nil {
		t = &tally{}
		m.checks[r.Name] = t
	}
	t.vital = r.Severity == selftest.Vital
	failed := r.Result == selftest.Fail
	if r.Result == selftest.Skipped {
		if !full {
			return
		}
		failed = t.vital && !r.NotApplicable
	}
	enter, leave := 1, 1
	switch {
	case full:
	case t.vital:
		leave = math.MaxInt
	case r.Severity == selftest.Drift:
		enter, leave = Enter, Leave
	}
	if failed {
		t.fail(reason(r, now))
	} else {
		t.fails, t.passes = 0, t.passes+1
	}
	switch {
	case t.fails >= enter:
		t.failing = true
	case t.passes >= leave:
		t.failing = false
	}
}

// fail counts a failure. The reason keeps the time of the first one.
func (t *tally) fail(why report.Reason) {
	if t.failing || t.fails > 0 {
		why.Since = t.reason.Since
	}
	t.fails, t.passes, t.reason = t.fails+1, 0, why
}

// reason says why the result of a check changes the state.
func reason(r *selftest.Result, now time.Time) report.Reason {
	return report.Reason{
		Subject: report.SelfTestSubject, Check: r.Name, Finding: r.Finding(), Quantity: r.Quantity,
		Value: r.Value, Limit: r.Limit, Bound: string(r.Bound), Unit: r.Unit, Hint: r.Hint, Since: now,
	}
}
