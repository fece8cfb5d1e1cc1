// Package health decides, from the results of checks, how far what the daemon says of people can be relied on.
//
// The states follow the practice of cryptographic modules (FIPS 140: known-answer tests before the first output, an error
// state that gives none, and no way out of it but the tests) with a state between for what weakens a decision without
// making it wrong.
package health

import "time"

// State is a state of health.
type State string

// States, in the order in which they come.
const (
	Init        State = "init"        // nothing was tested yet; no decision leaves
	SelfTest    State = "selftest"    // the first full self-test is under way; no decision leaves
	Operational State = "operational" // every check passes
	Degraded    State = "degraded"    // decisions leave, marked as unverified
	FailSafe    State = "fail_safe"   // a known answer came out wrong: every label is unknown, until a full self-test passes
)

// States returns all states.
func States() []State { return []State{Init, SelfTest, Operational, Degraded, FailSafe} }

// Speaks says whether decisions leave the camera.
func (s State) Speaks() bool { return s == Operational || s == Degraded || s == FailSafe }

// Status is a state with what led to it.
type Status struct {
	State   State
	Since   time.Time // when the state began
	Reasons []string  // why it is degraded or fail-safe, in alphabetical order; empty otherwise
}
