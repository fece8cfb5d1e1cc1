package selftest

import (
	"context"
	"math"
	"time"
)

// Run runs the checks one after the other, all of them whatever the results; once ctx is done the rest is skipped.
func Run(ctx context.Context, seed uint64, checks []Check) []Result {
	return Watch(ctx, seed, checks, nil, nil)
}

// Watch is Run that calls, where they are given, started with each check's name before it and finished with its result.
func Watch(ctx context.Context, seed uint64, checks []Check, started func(name string), finished func(Result)) []Result {
	results := make([]Result, 0, len(checks))
	for i := range checks {
		if started != nil {
			started(checks[i].Name)
		}
		r := checks[i].result(ctx, seed)
		if finished != nil {
			finished(r)
		}
		results = append(results, r)
	}
	return results
}

// result runs the check where it applies and completes what it found.
func (c *Check) result(ctx context.Context, seed uint64) Result {
	var r Result
	if err := ctx.Err(); err != nil {
		r = Skip(err.Error())
	} else if why := c.lacks(); why != "" {
		r = Skip(why)
		r.NotApplicable = true
	} else {
		from := time.Now()
		r = c.Run(ctx, seed)
		if err := ctx.Err(); err != nil && r.Result == Fail { // it was interrupted, and found nothing
			r = Skip(err.Error())
		}
		if r.Scarce && c.Severity == Vital { // it found nothing either; that the pack is wrong would stay until the next full self-test
			r = Skip("it could not run: " + r.Detail)
		}
		r.Scarce = false
		r.Seconds = time.Since(from).Seconds()
	}
	r.Name, r.Severity = c.Name, c.Severity
	r.Value, r.Limit = finite(r.Value), finite(r.Limit) // JSON has no other numbers
	for i := range r.Pictures {
		r.Pictures[i].Check = r.Name
	}
	for i := range r.Curves {
		r.Curves[i].Check = r.Name
	}
	return r
}

// finite replaces infinities and what is not a number by the largest number.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.MaxFloat64
	}
	return v
}
