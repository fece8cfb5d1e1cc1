// Package summarytest has sets of results with what they mean, so that every place that shows a result can be held to the same.
package summarytest

import (
	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/selftest"
)

// Case is a set of results, and what it means.
type Case struct {
	Name    string
	Results []selftest.Result
	Result  string       // as Summary.Result
	Exit    int          // of maskwarden selftest
	Health  health.State // of the daemon after a full self-test with these results
	Status  int          // exit code of maskwarden status
}

// Cases returns all sets.
func Cases() []Case {
	hash := selftest.Result{Name: "pack_hash", Severity: selftest.Vital, Result: selftest.Pass, Detail: "robust@2:67655f26"}
	answers := selftest.Result{
		Name: "model_answers", Severity: selftest.Vital, Result: selftest.Fail, Detail: "golden[3]: logit of none is 2, want 1", Hint: "copy the pack again",
		Quantity: "largest error", Value: 1, Bound: selftest.AtMost, Limit: 0.001, Unit: "logit",
	}
	stopped := selftest.Result{Name: "smoothing", Severity: selftest.Vital, Result: selftest.Skipped, Detail: "context canceled"}
	alone := selftest.Result{Name: "delegate", Severity: selftest.Vital, Result: selftest.Skipped, Detail: "nothing to compare with", NotApplicable: true}
	opens := selftest.Result{Name: "camera_opens:door", Severity: selftest.Fault, Result: selftest.Fail, Detail: "camera door is lost", Hint: "see the cable"}
	unseen := selftest.Result{Name: "camera_dark:door", Severity: selftest.Drift, Result: selftest.Skipped, Detail: "the camera gives no picture: see camera_opens"}
	dark := selftest.Result{
		Name: "camera_dark:door", Severity: selftest.Drift, Result: selftest.Fail, Hint: "switch on a light",
		Quantity: "brightness", Bound: selftest.AtLeast, Limit: 12, Unit: "of 255",
	}
	clock := selftest.Result{Name: "clock", Severity: selftest.Fault, Result: selftest.Warn, Detail: "not synchronized", Hint: "let chrony set it"}
	broker := selftest.Result{Name: "mqtt", Severity: selftest.Drift, Result: selftest.Skipped, Detail: "no broker is configured", NotApplicable: true}
	pass, warn, degraded, fail := selftest.Pass, selftest.Warn, selftest.Degraded, selftest.Fail
	return []Case{
		{"all pass", []selftest.Result{hash}, pass, 0, health.Operational, 0},
		{"not applicable", []selftest.Result{hash, alone, broker}, pass, 0, health.Operational, 0},
		{"warning", []selftest.Result{hash, clock}, warn, 4, health.Operational, 0},
		{"black picture", []selftest.Result{hash, dark}, degraded, 4, health.Degraded, 4},
		{"fault", []selftest.Result{hash, {Name: "disk", Severity: selftest.Fault, Result: fail, Hint: "make room"}}, degraded, 4, health.Degraded, 4},
		{"no severity", []selftest.Result{hash, {Name: "new", Result: fail, Hint: "see it"}}, degraded, 4, health.Degraded, 4},
		{"only camera lost", []selftest.Result{hash, opens, unseen}, degraded, 4, health.Degraded, 4},
		{"vital", []selftest.Result{hash, answers}, fail, 3, health.FailSafe, 3},
		{"vital was interrupted", []selftest.Result{hash, stopped}, fail, 3, health.FailSafe, 3},
		{"warning and failure", []selftest.Result{hash, clock, dark, broker}, degraded, 4, health.Degraded, 4},
		{"everything", []selftest.Result{hash, answers, stopped, alone, opens, unseen, clock, broker}, fail, 3, health.FailSafe, 3},
	}
}
