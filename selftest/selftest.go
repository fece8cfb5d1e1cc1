// Package selftest runs known-answer checks, in the manner of FIPS 140, that must pass before a frame is judged.
package selftest

import (
	"context"
	"time"
)

// Outcomes of a check. Only a fail forbids to judge frames.
const (
	Pass    = "pass"
	Warn    = "warn"
	Fail    = "fail"
	Skipped = "skipped"
)

// Result is what a check found. Value is compared with Limit, both in Unit, where the check measures something.
type Result struct {
	Name    string  `json:"name"`
	Result  string  `json:"result"` // pass, warn, fail or skipped
	Value   float64 `json:"value"`
	Limit   float64 `json:"limit"`
	Unit    string  `json:"unit,omitempty"`
	Detail  string  `json:"detail,omitempty"` // what was found
	Hint    string  `json:"hint,omitempty"`   // what to do about it
	Seconds float64 `json:"seconds"`
}

// Check is one question with a known answer. Run leaves the name and the time to the caller.
type Check interface {
	Name() string
	Run(ctx context.Context) Result
}

// Run runs the checks one after the other, all of them whatever the results; once ctx is done the rest is skipped.
func Run(ctx context.Context, checks []Check) []Result {
	results := make([]Result, 0, len(checks))
	for _, c := range checks {
		result := Result{Result: Skipped}
		if err := ctx.Err(); err != nil {
			result.Detail = err.Error()
		} else {
			from := time.Now()
			result = c.Run(ctx)
			result.Seconds = time.Since(from).Seconds()
		}
		result.Name = c.Name()
		results = append(results, result)
	}
	return results
}

// Passed tells whether frames may be judged: no check failed, and none was skipped.
func Passed(results []Result) bool {
	for _, r := range results {
		if r.Result != Pass && r.Result != Warn {
			return false
		}
	}
	return true
}
