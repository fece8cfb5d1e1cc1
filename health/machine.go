package health

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// Machine holds the state of health. Its methods may be called from any goroutine.
type Machine struct {
	Now      func() time.Time
	Hold     time.Duration         // a condition must stand for so long before it counts, and be gone for so long before it does not
	OnChange func(from, to Status) // called after a change of the state or its reasons, on the goroutine that made it; may be nil

	mu         sync.Mutex
	status     Status
	latched    map[string]string     // reasons for the fail-safe state, by check
	checks     map[string]*tally     // what is not vital, by check
	conditions map[string]*condition // by their subject
}

// Initialize begins in the state Init.
func (m *Machine) Initialize() error {
	if m.Now == nil {
		return errors.New("health: no clock")
	}
	m.mu.Lock() // the state may be asked for already
	defer m.mu.Unlock()
	m.status = Status{State: Init, Since: m.Now()}
	m.latched, m.checks, m.conditions = map[string]string{}, map[string]*tally{}, map[string]*condition{}
	return nil
}

// Status returns the state, since when, and why.
func (m *Machine) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	s.Reasons = slices.Clone(s.Reasons)
	return s
}

// State returns the state alone. It allocates nothing.
func (m *Machine) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status.State
}

// Begin tells that the first full self-test begins.
func (m *Machine) Begin() {
	m.change(func(time.Time) {
		if m.status.State == Init {
			m.enter(SelfTest)
		}
	})
}

// Result takes one check's result. Vital ones that fail lead to the fail-safe state at once; others count by their rule.
// A check that was skipped says nothing.
func (m *Machine) Result(r selftest.Result) {
	m.change(func(time.Time) { m.take(r, false) })
}

// Pass takes the results of a full self-test that has ended. What it found counts at once, without hysteresis, and it is
// the only way from the first self-test and from the fail-safe state: if every vital check ran and none failed, the latch
// falls.
func (m *Machine) Pass(results []selftest.Result) {
	m.change(func(time.Time) {
		clear(m.latched)
		vital := false
		for _, r := range results {
			m.take(r, true)
			if RuleOf(r.Name) != Vital {
				continue
			}
			vital = true
			if r.Result == selftest.Skipped {
				m.latched[r.Name] = reason(r)
			}
		}
		if !vital {
			m.latched[""] = "self-test: no known answer was asked for"
		}
		if len(m.latched) == 0 && m.status.State != Degraded {
			m.enter(Operational)
		}
	})
}

// Conditions takes what is amiss now beside the checks, each as "subject: what", and is to be called every second or so.
func (m *Machine) Conditions(amiss []string) {
	m.change(func(now time.Time) {
		for _, c := range m.conditions {
			c.seen = false
		}
		for _, reason := range amiss {
			subject := subjectOf(reason)
			c := m.conditions[subject]
			if c == nil {
				c = &condition{turned: now}
				m.conditions[subject] = c
			}
			c.seen, c.reason = true, reason
		}
		for subject, c := range m.conditions {
			if c.update(now, m.Hold); !c.present && !c.stands {
				delete(m.conditions, subject)
			}
		}
	})
}

// change runs f, brings the state in line with what f noted, and tells of a change.
func (m *Machine) change(f func(now time.Time)) {
	m.mu.Lock()
	before := m.status
	f(m.Now())
	m.settle()
	after := m.status
	m.mu.Unlock()
	if m.OnChange != nil && (before.State != after.State || !slices.Equal(before.Reasons, after.Reasons)) {
		m.OnChange(before, after)
	}
}

// settle brings the state in line with latch, checks and conditions.
func (m *Machine) settle() {
	var reasons []string
	if len(m.latched) > 0 {
		for _, why := range m.latched {
			reasons = append(reasons, why)
		}
		m.enter(FailSafe)
	} else if m.status.State.Speaks() {
		for _, t := range m.checks {
			if t.failing {
				reasons = append(reasons, t.reason)
			}
		}
		for _, c := range m.conditions {
			if c.stands {
				reasons = append(reasons, c.reason)
			}
		}
		if len(reasons) > 0 {
			m.enter(Degraded)
		} else {
			m.enter(Operational)
		}
	}
	slices.Sort(reasons)
	m.status.Reasons = reasons
}

func (m *Machine) enter(s State) {
	if m.status.State != s {
		m.status.State, m.status.Since = s, m.Now()
	}
}
