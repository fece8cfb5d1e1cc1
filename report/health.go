package report

import "time"

// Health says how far the daemon's decisions can be relied on; docs/HEALTH.md explains it.
type Health struct {
	State    string    `json:"state"`              // init, selftest, operational, degraded or fail_safe
	Reason   string    `json:"reason,omitempty"`   // why it is degraded or fail_safe
	Since    time.Time `json:"since"`              // when the state began
	Alarm    bool      `json:"alarm"`              // stands while the state is fail_safe
	SelfTest *SelfTest `json:"selftest,omitempty"` // the last full self-test; absent until one has ended
}

// SelfTest is a full self-test that has ended.
type SelfTest struct {
	Time    time.Time `json:"time"`    // when it ended
	Why     string    `json:"why"`     // start, night or command
	Result  string    `json:"result"`  // pass, degraded or fail
	Checks  int       `json:"checks"`  // how many there were
	Failed  []string  `json:"failed"`  // the names of those that failed
	Seconds float64   `json:"seconds"` // that the checks took
}

// FailSafe is the reason of an event without a label because the self-test failed.
const FailSafe = "fail_safe"

// encode returns the health as it leaves the camera.
func (h Health) encode() Health {
	if h.State == "" {
		h.State = "init"
	}
	h.Since = h.Since.UTC().Truncate(time.Millisecond)
	if h.SelfTest != nil {
		s := *h.SelfTest
		s.Time = s.Time.UTC().Truncate(time.Millisecond)
		s.Failed = append([]string{}, s.Failed...)
		s.Seconds = Round(s.Seconds)
		h.SelfTest = &s
	}
	return h
}
