// Package selftest asks a camera unit questions with known answers, in the manner of FIPS 140: some before a frame is judged, all of
// them on demand.
package selftest

import (
	"context"
	"math"
	"strconv"
	"time"
)

// Outcomes of a check. Only a fail forbids to judge frames.
const (
	Pass    = "pass"
	Warn    = "warn"
	Fail    = "fail"
	Skipped = "skipped"
)

// Degraded is the outcome of a whole self-test in which something warns and nothing failed.
const Degraded = "degraded"

// Bound is the direction of a limit.
type Bound string

// Bounds of a value.
const (
	AtLeast Bound = "at_least"
	AtMost  Bound = "at_most"
)

// Result is what a check found. Value is compared with Limit, both in Unit, where the check measures something.
type Result struct {
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	Result   string   `json:"result"` // pass, warn, fail or skipped
	Value    float64  `json:"value"`
	Limit    float64  `json:"limit"`
	Bound    Bound    `json:"bound,omitempty"` // whether Value must be at least or at most Limit
	Unit     string   `json:"unit,omitempty"`
	Detail   string   `json:"detail,omitempty"` // what was found
	Hint     string   `json:"hint,omitempty"`   // what to do about it
	Seconds  float64  `json:"seconds"`

	NotApplicable bool `json:"not_applicable,omitempty"` // skipped because the unit lacks what the check needs, so it counts for nothing

	Pictures []Picture     `json:"-"` // what was looked at, where it was asked for
	Waited   time.Duration `json:"-"` // part of Seconds in which the check only waited for pictures, as far as it knows
	Curves   []Curve       `json:"-"` // what was measured at several strengths
}

// Measured writes the value and its limit for a person, "" where nothing was measured.
func (r Result) Measured() string {
	if r.Unit == "" || r.Result == Skipped {
		return ""
	}
	s := short(r.Value) + " " + r.Unit
	if r.Limit != 0 {
		s += " (limit " + short(r.Limit) + ")"
	}
	return s
}

// short writes a number with three digits that count.
func short(v float64) string {
	if math.Abs(v) >= 1000 && math.Abs(v) < 1e9 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// Picture is one picture of a report.
type Picture struct {
	Check   string `json:"check"`
	Caption string `json:"caption"`
	SHA256  string `json:"sha256"` // of PNG, 64 lower-case hex digits
	PNG     []byte `json:"png,omitempty"`
}

// Check is one question with a known answer. Run leaves the name and the time to the caller.
type Check interface {
	Name() string
	Run(ctx context.Context) Result
}

// Run runs the checks one after the other, all of them whatever the results; once ctx is done the rest is skipped.
func Run(ctx context.Context, checks []Check) []Result { return Watch(ctx, checks, nil, nil) }

// Watch is Run that tells, where they are given, started of each check before it and finished of what it found.
func Watch(ctx context.Context, checks []Check, started func(name string), finished func(Result)) []Result {
	results := make([]Result, 0, len(checks))
	for _, c := range checks {
		result := Result{Result: Skipped}
		if started != nil {
			started(c.Name())
		}
		if err := ctx.Err(); err != nil {
			result.Detail = err.Error()
		} else {
			from := time.Now()
			result = c.Run(ctx)
			result.Seconds = time.Since(from).Seconds()
		}
		result.Name = c.Name()
		result.Value, result.Limit = finite(result.Value), finite(result.Limit) // JSON knows no other numbers
		for i := range result.Pictures {
			result.Pictures[i].Check = result.Name
		}
		for i := range result.Curves {
			result.Curves[i].Check = result.Name
		}
		if finished != nil {
			finished(result)
		}
		results = append(results, result)
	}
	return results
}

// finite puts the largest number in place of what is none.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.MaxFloat64
	}
	return v
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

// Outcome is that of all results together: fail if any failed, degraded if any warns, else pass. What was skipped does not apply here.
func Outcome(results []Result) string {
	outcome := Pass
	for _, r := range results {
		switch r.Result {
		case Fail:
			return Fail
		case Warn:
			outcome = Degraded
		}
	}
	return outcome
}

// failed is a check that could not even measure.
func failed(err error, hint string) Result {
	return Result{Result: Fail, Detail: err.Error(), Hint: hint}
}

// skip is a check that does not apply, and why.
func skip(why string) Result { return Result{Result: Skipped, Detail: why} }
