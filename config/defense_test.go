package config_test

import "testing"

func TestDefenseRefuses(t *testing.T) {
	refused(t, camera+`defense: {certify: always, certainty: 1, squeezing: yes, alarm_conflict: 0, alarm_checks: 0, recheck: 2h, rounding: 0.6}`, nil, `
c.yaml:2:20: defense.certify: want off, detection or recovery (got "always")
c.yaml:2:39: defense.certainty: want 0 to 0.99 (got 1)
c.yaml:2:53: defense.squeezing: want true or false (got "yes")
c.yaml:2:74: defense.alarm_conflict: want 0.34 to 1 (got 0)
c.yaml:2:91: defense.alarm_checks: want 1 to 1000 (got 0)
c.yaml:2:103: defense.recheck: want 0s to 1h0m0s (got 2h0m0s)
c.yaml:2:117: defense.rounding: want 0 to 0.5 (got 0.6)`)
	refused(t, camera+`defense: {probing_flips: 33, probing_window: 0s}`, nil, `
c.yaml:2:26: defense.probing_flips: want 1 to 32 (got 33)
c.yaml:2:46: defense.probing_window: want 1s to 24h0m0s (got 0s)`)
	refused(t, camera+`defense: {certify: detect}`, nil, `c.yaml:2:20: defense.certify: want off, detection or recovery (got "detect"), did you mean "detection"?`)
}
