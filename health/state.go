// Package health decides, from the results of checks, how far the daemon's decisions can be relied on.
//
// The states follow the practice of cryptographic modules. FIPS 140 asks for known-answer tests before the first output, and for an
// error state that gives none and ends only when the tests pass. The degraded state is added for what weakens a decision without
// making it wrong.
package health

import (
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// State is a state of health.
type State string

// States, in the order in which they come.
const (
	Init        State = report.HealthInit
	SelfTest    State = report.HealthSelfTest
	Operational State = report.HealthOperational
	Degraded    State = report.HealthDegraded
	FailSafe    State = report.HealthFailSafe
)

// Speaks says whether decisions leave the camera.
func (s State) Speaks() bool { return s == Operational || s == Degraded || s == FailSafe }

// Trusted says whether the answers can be relied on, so that labels stay.
func (s State) Trusted() bool { return s == Operational || s == Degraded }

// Status is a state with what led to it.
type Status struct {
	State   State
	Since   time.Time       // when the state began
	Reasons []report.Reason // why it is degraded or fail-safe, in their published order; empty otherwise
}
