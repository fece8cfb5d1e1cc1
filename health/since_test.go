package health_test

import (
	"testing"
	"time"
)

// TestReasonsBegin holds since when each reason stands: since the first failure of a row, whatever comes until the check no longer counts.
func TestReasonsBegin(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []string
		want  time.Duration // after the start
	}{
		{"fault", []string{"wait 1m", "disk=fail"}, time.Minute},
		{"fault, again", []string{"disk=fail", "wait 1m", "disk=fail"}, 0},
		{"fault, after it passed", []string{"disk=fail", "wait 1m", "disk=pass", "wait 1m", "disk=fail"}, 2 * time.Minute},
		{"fault, in a full self-test", []string{"disk=fail", "wait 1m", "pass model_answers=pass disk=fail"}, 0},
		{"drift, from the first failure", []string{"wait 1m", "camera_dark=fail", "wait 1m", "camera_dark=fail", "wait 1m", "camera_dark=fail"}, time.Minute},
		{"drift, not in a row", []string{"camera_dark=fail", "camera_dark=pass", "wait 1m", "camera_dark=fail", "wait 1m", "camera_dark=fail"}, time.Minute},
		{"drift, it passed too seldom", []string{"camera_dark=fail", "camera_dark=fail", "camera_dark=pass", "wait 1m", "camera_dark=fail"}, 0},
		{"vital", []string{"model_answers=fail", "wait 1m", "model_answers=pass", "wait 1m", "model_answers=fail"}, 0},
		{"vital, in a full self-test", []string{"model_answers=fail", "wait 1m", "pass model_answers=fail"}, 0},
		{"vital, after a full self-test", []string{"model_answers=fail", "wait 1m", good, "wait 1m", "model_answers=fail"}, 2 * time.Minute},
		{"condition", []string{"now mqtt: away", "wait 30s", "now mqtt: away", "wait 30s", "now mqtt: refused"}, 0},
		{"condition, gone for less than the hold", []string{"now mqtt: away", "wait 30s", "now mqtt: away", "now", "wait 29s", "now mqtt: away"}, 0},
		{"condition, before it counted", []string{"now mqtt: away", "wait 1s", "now", "wait 1s", "now mqtt: away", "wait 30s", "now mqtt: away"}, 2 * time.Second},
		{"condition, after it counted", []string{"now mqtt: away", "wait 30s", "now mqtt: away", "now", "wait 30s", "now", "wait 1m", "now mqtt: away", "wait 30s", "now mqtt: away"}, 2 * time.Minute},
	} {
		b := newBench(t)
		start := b.now
		for _, s := range append([]string{good}, c.steps...) {
			b.step(t, s)
		}
		if got := b.Status().Reasons; len(got) != 1 || got[0].Since.Sub(start) != c.want {
			t.Errorf("%s: %+v, want one since %v after the start", c.name, got, c.want)
		}
	}
}

// TestConditionsComeBack holds when Conditions wants to be called again: when the next of them begins or ceases to count.
func TestConditionsComeBack(t *testing.T) {
	b := newBench(t)
	b.step(t, good)
	for i, s := range []struct {
		step string
		want time.Duration // from now; -1: never
	}{
		{"now", -1},
		{"now a: x", 30 * time.Second},
		{"wait 10s", 0}, {"now a: x + b: y", 20 * time.Second}, // a is the first
		{"wait 19s", 0}, {"now a: x + b: y", time.Second},
		{"wait 1s", 0}, {"now a: x + b: y", 10 * time.Second}, // a counts; b is next
		{"wait 10s", 0}, {"now a: x + b: y", -1},
		{"wait 1h", 0}, {"now a: x + b: y", -1},
		{"now b: y", 30 * time.Second}, // until a no longer counts
		{"wait 5s", 0}, {"now", 25 * time.Second},
		{"wait 25s", 0}, {"now", 5 * time.Second},
		{"wait 5s", 0}, {"now", -1},
		{"now c: z", 30 * time.Second},
		{"now", -1}, // it never counted
	} {
		b.step(t, s.step)
		if s.step[:3] != "now" {
			continue
		}
		if got := b.again.Sub(b.now); got != s.want && !(b.again.IsZero() && s.want == -1) {
			t.Errorf("step %d, %s: again in %v, want %v", i, s.step, got, s.want)
		}
	}
}
