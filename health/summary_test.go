package health_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// stateOf is the state that each result of a full self-test leads to.
var stateOf = map[string]health.State{
	selftest.Pass: health.Operational, selftest.Warn: health.Operational, selftest.Degraded: health.Degraded, selftest.Fail: health.FailSafe,
}

// draw returns a result of a check with a random severity and outcome.
func draw(rng *rand.Rand, name string) selftest.Result {
	outcomes := []selftest.Result{
		{Result: selftest.Pass}, {Result: selftest.Warn}, {Result: selftest.Fail}, {Result: selftest.Skipped}, {Result: selftest.Skipped, NotApplicable: true},
	}
	r := outcomes[rng.IntN(len(outcomes))]
	r.Name = name
	return r
}

// TestAgreesWithTheSummary runs full self-tests with random results, between random results of single checks. After each the state is the
// one of the summary, and its reasons are the checks that the summary names.
func TestAgreesWithTheSummary(t *testing.T) {
	all := []selftest.Severity{selftest.Fault, selftest.Drift, selftest.Vital, ""}
	seen := map[string]int{}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var checks []selftest.Result
		for i := range rng.IntN(6) {
			checks = append(checks, selftest.Result{Name: fmt.Sprintf("check%d", i), Severity: all[rng.IntN(len(all))]})
		}
		b := newBench(t)
		b.Begin()
		for range 10 {
			results := slices.Clone(checks)
			for i := range results {
				results[i] = draw(rng, results[i].Name)
				results[i].Severity = checks[i].Severity
			}
			b.Pass(results)
			sum := selftest.Summarize(results)
			seen[sum.Result]++
			got := b.Status()
			if got.State != stateOf[sum.Result] {
				t.Fatalf("seed %d: %s, want the state of %s, for %+v", seed, got.State, sum.Result, results)
			}
			if found := named(got.Reasons); got.State != health.FailSafe && !slices.Equal(found, sum.Failed) {
				t.Fatalf("seed %d: %s because of %q, want %q", seed, got.State, found, sum.Failed)
			}
			for range rng.IntN(5) {
				if len(checks) > 0 {
					i := rng.IntN(len(checks))
					r := draw(rng, checks[i].Name)
					r.Severity = checks[i].Severity
					b.now = b.now.Add(time.Minute)
					b.Result(r)
				}
			}
		}
	}
	if words := report.SelfTestResults(); len(seen) != len(words) {
		t.Errorf("seen %v, want each of %q", seen, words)
	}
	for _, word := range report.SelfTestResults() {
		if seen[word] < 100 {
			t.Errorf("%s came %d times", word, seen[word])
		}
	}
}

func named(reasons []report.Reason) (checks []string) {
	for _, r := range reasons {
		checks = append(checks, r.Check)
	}
	return checks
}
