package selftest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

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
	Result   string   `json:"result"`             // pass, warn, fail or skipped
	Quantity string   `json:"quantity,omitempty"` // what Value is: brightness
	Value    float64  `json:"value"`
	Limit    float64  `json:"limit"`
	Bound    Bound    `json:"bound,omitempty"` // whether Value must be at least or at most Limit; empty: there is no limit
	Unit     string   `json:"unit,omitempty"`
	Detail   string   `json:"detail,omitempty"` // what was found
	Hint     string   `json:"hint,omitempty"`   // what to do about it
	Seconds  float64  `json:"seconds"`

	NotApplicable bool `json:"not_applicable,omitempty"` // skipped because the unit lacks what the check needs, so it counts for nothing

	Scarce bool `json:"-"` // it failed only for want of files, processes or memory

	Pictures []Picture     `json:"-"` // what was measured, where it was asked for
	Waited   time.Duration `json:"-"` // part of Seconds in which the check only waited for pictures, as far as it knows
	Curves   []Curve       `json:"-"` // what was measured at several strengths
}

// Skip is a check that could not run, and why.
func Skip(why string) Result { return Result{Result: Skipped, Detail: why} }

// Failed is a check that could not even measure.
func Failed(err error, hint string) Result {
	return Result{Result: Fail, Detail: err.Error(), Hint: hint, Scarce: scarce(err)}
}

// scarce says whether an error is that the machine has no more files, processes or memory for now.
func scarce(err error) bool {
	return slices.ContainsFunc([]error{syscall.EMFILE, syscall.ENFILE, syscall.EAGAIN, syscall.ENOMEM}, func(e error) bool { return errors.Is(err, e) })
}

// Bounded returns the result with texts of bounded length: what cameras, brokers and files say has any.
func (r Result) Bounded() Result {
	for _, text := range []*string{&r.Name, &r.Quantity, &r.Unit} {
		*text = report.Lines(*text, report.MaxText)
	}
	r.Detail, r.Hint = report.Lines(r.Detail, report.MaxLine), report.Lines(r.Hint, report.MaxLine)
	return r
}

// Measured writes the value and its limit for a person, "" where nothing was measured: "brightness 0, limit at least 12 of 255".
func (r Result) Measured() string {
	if r.Quantity == "" || r.Result == Skipped {
		return ""
	}
	s := r.Quantity + " " + short(r.Value)
	switch r.Bound {
	case AtLeast:
		s += ", limit at least " + short(r.Limit)
	case AtMost:
		s += ", limit at most " + short(r.Limit)
	}
	if r.Unit != "" {
		s += " " + r.Unit
	}
	return s
}

// Finding says what was found: the value and its limit where the value misses it or there is nothing else to say, else the detail.
func (r Result) Finding() string {
	if m := r.Measured(); m != "" && (r.misses() || r.Detail == "") {
		return m
	}
	if r.Detail == "" {
		return r.Result
	}
	return r.Detail
}

// misses says whether the value is beyond its limit.
func (r Result) misses() bool {
	return r.Bound == AtLeast && !(r.Value >= r.Limit) || r.Bound == AtMost && !(r.Value <= r.Limit)
}

// short writes a number with three significant digits.
func short(v float64) string {
	if math.Abs(v) >= 1000 && math.Abs(v) < 1e9 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// Rounded is a number with three significant digits.
func Rounded(v float64) float64 {
	out, err := strconv.ParseFloat(fmt.Sprintf("%.3g", v), 64)
	if err != nil {
		return v // not reached: it was just written
	}
	return out
}
