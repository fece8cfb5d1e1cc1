package health

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// Machine holds the state of health. Its methods may be called from any goroutine.
type Machine struct {
	Now      func() time.Time
	Hold     time.Duration         // how long a condition must last before it counts, and be gone before it no longer does
	OnChange func(from, to Status) // called after a change of the state or its reasons, on the goroutine that made it; may be nil

	mu         sync.Mutex
	status     Status
	tested     bool                  // a full self-test has ended
	checks     map[string]*tally     // by the check's name
	conditions map[string]*condition // by their subject
}

// Initialize begins in the state Init.
func (m *Machine) Initialize() error {
	if m.Now == nil {
		return errors.New("health: no clock")
	}
	m.mu.Lock() // Status may be called already
	defer m.mu.Unlock()
	m.status, m.tested = Status{State: Init, Since: m.Now()}, false
	m.checks, m.conditions = map[string]*tally{}, map[string]*condition{}
	return nil
}

// Status returns the state, since when, and why.
func (m *Machine) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status // change replaces the reasons, it never writes into them
}

// State returns the state alone. It allocates nothing.
func (m *Machine) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status.State
}

// Begin tells that the first full self-test begins.
func (m *Machine) Begin() {
	m.change(func(now time.Time) {
		if m.status.State == Init {
			m.enter(SelfTest, now)
		}
	})
}

// Result takes the result of one check. A vital check that fails leads to the fail-safe state at once; others count by their severity.
// A skipped check says nothing.
func (m *Machine) Result(r selftest.Result) {
	m.change(func(now time.Time) { m.take(&r, now, false) })
}

// Pass takes the results of a full self-test. They count at once, in place of what the same checks found before, so that the state
// agrees with selftest.Summarize. Only a full self-test ends the first one and the fail-safe state.
func (m *Machine) Pass(results []selftest.Result) {
	m.change(func(now time.Time) {
		m.tested = true
		for i := range results {
			m.take(&results[i], now, true)
		}
	})
}

// Conditions takes the problems that there are now and that no check found, such as a lost camera: at most one for each subject.
// It is to be called on every change of them, and again at the time that it returns; the zero time is never.
func (m *Machine) Conditions(problems []report.Reason) (again time.Time) {
	m.change(func(now time.Time) {
		present := map[string]bool{}
		for _, p := range problems {
			present[p.Subject] = true
			c := m.conditions[p.Subject]
			if c == nil {
				c = &condition{since: now}
				m.conditions[p.Subject] = c
			}
			p.Since = c.since
			c.reason = p
		}
		for subject, c := range m.conditions {
			due := c.update(present[subject], now, m.Hold)
			if !due.IsZero() && (again.IsZero() || due.Before(again)) {
				again = due
			}
			if !c.present && !c.counts {
				delete(m.conditions, subject)
			}
		}
	})
	return again
}

// change runs f, brings the state in line with what f noted, and reports a change.
func (m *Machine) change(f func(now time.Time)) {
	m.mu.Lock()
	before, now := m.status, m.Now()
	f(now)
	m.settle(now)
	after := m.status
	m.mu.Unlock()
	if m.OnChange != nil && (before.State != after.State || !slices.Equal(before.Reasons, after.Reasons)) {
		m.OnChange(before, after)
	}
}

// settle brings the state in line with checks and conditions.
func (m *Machine) settle(now time.Time) {
	var vital, others []report.Reason
	for _, t := range m.checks {
		switch {
		case !t.failing:
		case t.vital:
			vital = append(vital, t.reason)
		default:
			others = append(others, t.reason)
		}
	}
	for _, c := range m.conditions {
		if c.counts {
			others = append(others, c.reason)
		}
	}
	m.status.Reasons = nil
	switch {
	case len(vital) > 0:
		m.enter(FailSafe, now)
		m.status.Reasons = vital
	case !m.tested: // Init or SelfTest
	case len(others) > 0:
		m.enter(Degraded, now)
		m.status.Reasons = others
	default:
		m.enter(Operational, now)
	}
	report.SortReasons(m.status.Reasons)
}

func (m *Machine) enter(s State, now time.Time) {
	if m.status.State != s {
		m.status.State, m.status.Since = s, now
	}
}
