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

// RuleOf returns the rule of a check by its name. What stands behind a colon is what it looked at, as in
// camera_dark:entrance. A name that is not known is a fault: nothing that fails goes unseen.
func RuleOf(check string) Rule {
	name, _, _ := strings.Cut(check, ":")
	switch name {
	case "pack_hash", "pack_signature", "model_answers", "smoothing", "delegate":
		return Vital
	case "camera_opens":
		return Fault
	case "memory", "temperature", "throttling", "mqtt":
		return Drift
	}
	for _, family := range []string{"camera_", "patch_", "squeezing"} {
		if strings.HasPrefix(name, family) {
			return Drift
		}
	}
	return Fault
}
