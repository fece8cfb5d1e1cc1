package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/report"
)

// TestNothingReachesTheTerminalAsACommand: escape characters in texts from cameras, packs and brokers do not.
func TestNothingReachesTheTerminalAsACommand(t *testing.T) {
	const hostile = "\x1b]0;owned\a\u202e\r\x9b2J"
	state := report.State{
		Device: "door", Reasons: []string{hostile}, Model: hostile, Version: hostile,
		Cameras: []report.Camera{{Name: "front", Status: report.Lost, Reason: hostile}},
		Health:  report.Health{State: hostile, SelfTest: &report.SelfTest{Result: hostile, Failed: []string{hostile}}},
	}
	state.Health.Explain([]report.Reason{{Subject: "mqtt", Finding: hostile, Hint: hostile}})
	var out bytes.Buffer
	if err := printState(&out, &state); err != nil {
		t.Fatal(err)
	}
	explain(&out, fail(exitFailure, hostile, errors.New(hostile)), false)
	if strings.ContainsAny(out.String(), "\x1b\a\r\u202e\u009b") || !strings.Contains(out.String(), "owned") {
		t.Errorf("on the terminal: %q", out.String())
	}
}
