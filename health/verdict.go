package health

import "github.com/maskwarden/maskwarden/selftest"

// Verdict sums up a full self-test: fail when a vital check failed or did not run, degraded when another failed, else pass.
func Verdict(results []selftest.Result) string {
	const degraded = "degraded"
	verdict := selftest.Pass
	for _, r := range results {
		switch {
		case RuleOf(r.Name) == Vital && (r.Result == selftest.Fail || r.Result == selftest.Skipped):
			return selftest.Fail
		case r.Result == selftest.Fail:
			verdict = degraded
		}
	}
	return verdict
}
