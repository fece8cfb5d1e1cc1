package selftest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/selftest"
)

func TestSummarize(t *testing.T) {
	vital, fault, drift := selftest.Vital, selftest.Fault, selftest.Drift
	type r = selftest.Result
	for _, c := range []struct {
		name    string
		results []selftest.Result
		want    selftest.Summary
		passed  int
	}{
		{"nothing", nil, selftest.Summary{Result: "pass"}, 0},
		{"all pass", []r{{Name: "a", Severity: vital, Result: "pass"}, {Name: "b", Result: "pass"}}, selftest.Summary{Result: "pass", Checks: 2}, 2},
		{"warn", []r{{Name: "a", Severity: vital, Result: "warn"}, {Name: "b", Severity: fault, Result: "pass"}}, selftest.Summary{Result: "warn", Checks: 2, Warned: []string{"a"}}, 1},
		{"drift fails", []r{{Name: "a", Severity: drift, Result: "fail"}, {Name: "b", Result: "warn"}}, selftest.Summary{Result: "degraded", Checks: 2, Failed: []string{"a"}, Warned: []string{"b"}}, 0},
		{"fault fails", []r{{Name: "a", Severity: fault, Result: "fail"}}, selftest.Summary{Result: "degraded", Checks: 1, Failed: []string{"a"}}, 0},
		{"vital fails", []r{{Name: "a", Severity: fault, Result: "fail"}, {Name: "b", Severity: vital, Result: "fail"}}, selftest.Summary{Result: "fail", Checks: 2, Failed: []string{"a", "b"}}, 0},
		{"vital skipped", []r{{Name: "a", Severity: vital, Result: "skipped"}}, selftest.Summary{Result: "fail", Checks: 1, Skipped: []string{"a"}}, 0},
		{"vital does not apply", []r{{Name: "a", Severity: vital, Result: "skipped", NotApplicable: true}}, selftest.Summary{Result: "pass", Checks: 1, Skipped: []string{"a"}}, 0},
		{"drift skipped", []r{{Name: "a", Severity: drift, Result: "skipped"}, {Name: "b", Result: "pass"}}, selftest.Summary{Result: "pass", Checks: 2, Skipped: []string{"a"}}, 1},
	} {
		got := selftest.Summarize(c.results)
		if !cmp.Equal(got, c.want) || got.Passed() != c.passed {
			t.Errorf("%s: got %+v, %d passed, want %+v, %d", c.name, got, got.Passed(), c.want, c.passed)
		}
	}
}
