package selftest

import (
	"context"
	"strings"
)

// Check is one question with a known answer. Package catalogue holds all of them.
type Check struct {
	Name     string   // with what it is about behind a colon, where there are several: camera_dark:entrance
	Severity Severity // of a failure; the runner copies it into the result
	Strength bool     // it measures what the model withstands, so it can be compared with another model
	Asks     string   // the question, for the documentation
	Remedy   string   // what to do when it does not pass, for the documentation
	Needs    []Need   // what a unit must have; without it the check does not apply

	// Run runs the check. All that it draws at random comes from the seed. Name, severity and time are left to the runner.
	Run func(ctx context.Context, seed uint64) Result
}

// Need is something that a unit may lack.
type Need struct {
	Name  string        // for the documentation: "a broker"
	Lacks func() string // why the unit lacks it, "" where it is there
}

// Kind is the check's name without what it is about.
func (c *Check) Kind() string {
	kind, _, _ := strings.Cut(c.Name, ":")
	return kind
}

// lacks is why the check does not apply to the unit, "" where it does.
func (c *Check) lacks() string {
	for _, n := range c.Needs {
		if why := n.Lacks(); why != "" {
			return why
		}
	}
	return ""
}

// FreeDetector is the need of a face detector that no camera waits for.
func FreeDetector(free func() bool) Need {
	return Need{Name: "a detector that is not busy with cameras", Lacks: func() string {
		if !free() {
			return "the daemon's detectors are busy with its cameras: maskwarden selftest asks one while no daemon runs"
		}
		return ""
	}}
}
