package report

import (
	"slices"
	"strings"
	"time"
)

// States of health, which package health decides between.
const (
	HealthInit        = "init"        // nothing is tested yet; no decision leaves
	HealthSelfTest    = "selftest"    // the first full self-test runs; no decision leaves
	HealthOperational = "operational" // decisions leave as verified
	HealthDegraded    = "degraded"    // decisions leave as unverified
	HealthFailSafe    = "fail_safe"   // every label is unknown, until a full self-test passes
)

// HealthStates returns all states of health, in the order in which they come.
func HealthStates() []string {
	return []string{HealthInit, HealthSelfTest, HealthOperational, HealthDegraded, HealthFailSafe}
}

// Health is how far the daemon's decisions can be relied on; docs/HEALTH.md explains it.
type Health struct {
	State    string    `json:"state"`              // one of HealthStates
	Reason   string    `json:"reason,omitempty"`   // the text of Reasons, one a line; see Explain
	Reasons  []Reason  `json:"reasons,omitempty"`  // why it is degraded or fail_safe
	Since    time.Time `json:"since"`              // when the state began
	Alarm    bool      `json:"alarm"`              // true while the state is fail_safe
	SelfTest *SelfTest `json:"selftest,omitempty"` // the last full self-test; absent until one has ended
}

// SelfTest is a full self-test that has ended.
type SelfTest struct {
	Time    time.Time `json:"time"`    // when it ended
	Why     string    `json:"why"`     // start, night or command
	Result  string    `json:"result"`  // one of SelfTestResults
	Checks  int       `json:"checks"`  // how many there were
	Failed  []string  `json:"failed"`  // the names of those that failed
	Warned  []string  `json:"warned"`  // the names of those that warned
	Seconds float64   `json:"seconds"` // that the checks took
}

// SelfTestResults returns all results of a full self-test, the best first, as selftest.Summarize names them.
func SelfTestResults() []string { return []string{"pass", "warn", "degraded", "fail"} }

// FailSafe is the reason of an event without a label because the self-test failed.
const FailSafe = "fail_safe"

// Explain sets the reasons, and their text for readers that show one string.
func (h *Health) Explain(reasons []Reason) {
	h.Reasons = reasons
	h.Reason = strings.Join(Texts(reasons), "\n")
}

// cleaned returns the health with texts as State.Cleaned has them.
func (h Health) cleaned() Health {
	h.State = Clean(h.State, MaxText)
	h.Reasons = slices.Clone(h.Reasons)
	for i := range h.Reasons {
		h.Reasons[i] = h.Reasons[i].cleaned()
	}
	if h.Reason = Lines(h.Reason, maxReasons); len(h.Reasons) > 0 {
		h.Explain(h.Reasons)
	}
	if h.SelfTest != nil {
		s := *h.SelfTest
		s.Why, s.Result = Clean(s.Why, MaxText), Clean(s.Result, MaxText)
		s.Failed, s.Warned = cleanedNames(s.Failed), cleanedNames(s.Warned)
		h.SelfTest = &s
	}
	return h
}

func cleanedNames(names []string) []string {
	names = append([]string{}, names...)
	for i, name := range names {
		names[i] = Clean(name, MaxText)
	}
	return names
}

// encode returns a cleaned health as it leaves the camera.
func (h Health) encode() Health {
	if h.State == "" {
		h.State = HealthInit
	}
	h.Since = published(h.Since)
	for i := range h.Reasons {
		r := &h.Reasons[i]
		r.Value, r.Limit, r.Since = finite(r.Value), finite(r.Limit), published(r.Since)
	}
	if h.SelfTest != nil {
		s := *h.SelfTest
		s.Time = published(s.Time)
		s.Seconds = Round(s.Seconds)
		h.SelfTest = &s
	}
	return h
}
