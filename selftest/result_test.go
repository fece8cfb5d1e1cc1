package selftest_test

import (
	"math"
	"testing"

	"github.com/maskwarden/maskwarden/selftest"
)

func TestMeasured(t *testing.T) {
	for _, c := range []struct {
		r                 selftest.Result
		measured, finding string
	}{
		{selftest.Result{Result: selftest.Pass, Value: 1, Detail: "robust@1"}, "", "robust@1"},
		{selftest.Result{Result: selftest.Fail}, "", "fail"},
		{selftest.Result{Result: selftest.Skipped, Quantity: "time", Value: 1, Unit: "s", Detail: "no broker"}, "", "no broker"},
		{selftest.Result{Result: selftest.Pass, Quantity: "interval", Value: 30, Unit: "s"}, "interval 30 s", "interval 30 s"},
		{
			selftest.Result{Result: selftest.Fail, Quantity: "brightness", Bound: selftest.AtLeast, Limit: 12, Unit: "of 255", Detail: "night"},
			"brightness 0, limit at least 12 of 255", "brightness 0, limit at least 12 of 255",
		},
		{
			selftest.Result{Result: selftest.Pass, Quantity: "brightness", Value: 12, Bound: selftest.AtLeast, Limit: 12, Unit: "of 255", Detail: "dusk"},
			"brightness 12, limit at least 12 of 255", "dusk",
		},
		{
			selftest.Result{Result: selftest.Fail, Quantity: "error", Value: 0.07816, Bound: selftest.AtMost, Limit: 0.05, Detail: "logit 3"},
			"error 0.0782, limit at most 0.05", "error 0.0782, limit at most 0.05",
		},
		{
			selftest.Result{Result: selftest.Fail, Quantity: "error", Value: 0.05, Bound: selftest.AtMost, Limit: 0.05, Detail: "another label"},
			"error 0.05, limit at most 0.05", "another label",
		},
		{selftest.Result{Result: selftest.Pass, Quantity: "free space", Value: 71500, Bound: selftest.AtLeast, Limit: 64, Unit: "MiB"}, "free space 71500, limit at least 64 MiB", "free space 71500, limit at least 64 MiB"},
		{selftest.Result{Result: selftest.Fail, Quantity: "error", Value: 4.93e-7, Bound: selftest.AtMost, Limit: 0, Unit: "logit"}, "error 4.93e-07, limit at most 0 logit", "error 4.93e-07, limit at most 0 logit"},
	} {
		if got := c.r.Measured(); got != c.measured {
			t.Errorf("measured %q, want %q", got, c.measured)
		}
		if got := c.r.Finding(); got != c.finding {
			t.Errorf("found %q, want %q", got, c.finding)
		}
	}
}

// TestGrade goes over each limit of scales in both directions.
func TestGrade(t *testing.T) {
	least := selftest.Scale{Quantity: "brightness", Unit: "of 255", Bound: selftest.AtLeast, Fail: 12, Warn: 25, Hint: "switch on a light"}
	most := selftest.Scale{Quantity: "empty part", Bound: selftest.AtMost, Fail: 0.9, Warn: 0.5, Hint: "take it away"}
	slow := selftest.Scale{Quantity: "round trip", Bound: selftest.AtMost, Warn: 2, Hint: "slow"}
	only := selftest.Scale{Quantity: "similarity", Bound: selftest.AtLeast, Fail: 0.5, Hint: "turn it back"}
	for _, c := range []struct {
		scale  selftest.Scale
		value  float64
		result string
		limit  float64
	}{
		{least, 11.9, selftest.Fail, 12}, {least, 12, selftest.Warn, 25}, {least, 24.9, selftest.Warn, 25}, {least, 25, selftest.Pass, 12},
		{least, math.NaN(), selftest.Fail, 12},
		{most, 0.91, selftest.Fail, 0.9}, {most, 0.9, selftest.Warn, 0.5}, {most, 0.51, selftest.Warn, 0.5}, {most, 0.5, selftest.Pass, 0.9},
		{most, math.NaN(), selftest.Fail, 0.9},
		{slow, 2.1, selftest.Warn, 2}, {slow, 2, selftest.Pass, 2}, {only, 0.49, selftest.Fail, 0.5}, {only, 0.5, selftest.Pass, 0.5},
	} {
		r := c.scale.Grade(c.value)
		hint := c.scale.Hint
		if c.result == selftest.Pass {
			hint = ""
		}
		if r.Result != c.result || r.Limit != c.limit || r.Bound != c.scale.Bound || r.Quantity != c.scale.Quantity || r.Unit != c.scale.Unit || r.Hint != hint {
			t.Errorf("%s %v: got %+v, want %s, %v", c.scale.Quantity, c.value, r, c.result, c.limit)
		}
	}
}
