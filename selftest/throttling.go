package selftest

import (
	"context"
	"fmt"
	"path/filepath"
)

// Throttling checks that the processors may run as fast as they can.
type Throttling struct {
	Sys string // /sys
}

// slowest is the share of a processor's highest frequency that it must be allowed.
const slowest = 0.9

// Name implements Check.
func (Throttling) Name() string { return "throttling" }

// Run implements Check. Value is the lowest share of its frequency that a processor is allowed.
func (c Throttling) Run(context.Context) Result {
	policies, _ := filepath.Glob(filepath.Join(c.Sys, "devices/system/cpu/cpu[0-9]*/cpufreq")) // the pattern is well formed
	r := Result{Result: Skipped, Limit: slowest, Unit: "share"}
	for _, policy := range policies {
		most, err := number(filepath.Join(policy, "cpuinfo_max_freq"))
		if err != nil || most <= 0 {
			continue
		}
		allowed, err := number(filepath.Join(policy, "scaling_max_freq"))
		if err != nil {
			continue
		}
		if share := float64(allowed) / float64(most); r.Result == Skipped || share < r.Value {
			r.Result, r.Value = Pass, rounded(share)
			r.Detail = fmt.Sprintf("%s may run at %d of %d MHz", filepath.Base(filepath.Dir(policy)), allowed/1000, most/1000)
		}
	}
	switch {
	case r.Result == Skipped:
		return skip("this machine does not tell how fast its processors may run")
	case r.Value < r.Limit:
		r.Result, r.Hint = Warn, "heat, a weak power supply or a power mode slows the unit down: see temperature, and nvpmodel on a Jetson"
	}
	return r
}
