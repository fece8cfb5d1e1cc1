package health

import (
	"fmt"
	"strings"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// tally is how a check that is not vital has fared.
type tally struct {
	failing       bool // it degrades the state
	fails, passes int  // results in a row
	reason        string
}

// take counts a result; with decisive it counts at once.
func (m *Machine) take(r selftest.Result, decisive bool) {
	if r.Result == selftest.Skipped {
		return
	}
	failed, rule := r.Result == selftest.Fail, RuleOf(r.Name)
	if rule == Vital {
		if failed {
			m.latched[r.Name] = reason(r)
		}
		return
	}
	t := m.checks[r.Name]
	if t == nil {
		t = &tally{}
		m.checks[r.Name] = t
	}
	enter, leave := 1, 1
	if rule == Drift && !decisive {
		enter, leave = Enter, Leave
	}
	if failed {
		t.fails, t.passes, t.reason = t.fails+1, 0, reason(r)
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

// reason says why a check's result changes the state.
func reason(r selftest.Result) string {
	why := fmt.Sprintf("self-test %s: %s", r.Name, r.Detail)
	if r.Detail == "" {
		why = fmt.Sprintf("self-test %s: %s", r.Name, r.Result)
	}
	if r.Hint != "" {
		why += ": " + r.Hint
	}
	return why
}

// condition is something amiss that no check found, such as a lost camera.
type condition struct {
	reason  string
	seen    bool      // in this call of Conditions
	present bool      // as last seen
	turned  time.Time // when it came or went
	stands  bool      // it degrades the state
}

func (c *condition) update(now time.Time, hold time.Duration) {
	if c.seen != c.present {
		c.present, c.turned = c.seen, now
	}
	if c.stands != c.present && now.Sub(c.turned) >= hold {
		c.stands = c.present
	}
}

// subjectOf returns what a reason is about: its details may change while the condition is the same.
func subjectOf(reason string) string {
	subject, _, _ := strings.Cut(reason, ": ")
	return subject
}
