package health

import "strings"

// Rule is what a failed check leads to.
type Rule uint8

const (
	// Fault degrades at the first failure, until the check passes.
	Fault Rule = iota
	// Drift degrades after failing Enter times in a row, until the check passes Leave times in a row: what it measures
	// varies with light, load and chance.
	Drift
	// Vital leads to the fail-safe state at once: the answers themselves cannot be trusted.
	Vital
)

// Results in a row that a drifting check needs to change the state.
const (
	Enter = 2
	Leave = 3
)

// RuleOf returns the rule of a check by its name. What stands behind a dot or a slash is one of several checks of that
// name, as in model_answers.int8. A name that is not known is a fault: nothing that fails goes unseen.
func RuleOf(check string) Rule {
	if end := strings.IndexAny(check, "./"); end >= 0 {
		check = check[:end]
	}
	switch check {
	case "pack_hash", "pack_hashes", "pack_signature", "model_answers", "smoothing", "delegate":
		return Vital
	case "fps", "frozen", "dark", "blurred", "blocked", "moved", "patch", "patches", "squeezing", "memory", "temperature":
		return Drift
	case "camera_fps", "camera_frozen", "camera_dark", "camera_blurred", "camera_blocked", "camera_moved":
		return Drift
	default:
		return Fault
	}
}
