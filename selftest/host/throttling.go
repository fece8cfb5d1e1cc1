package host

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/maskwarden/maskwarden/selftest"
)

// slowest is the share of a processor's highest frequency that it must be allowed.
const slowest = 0.9

// Throttling checks that the processors may run as fast as they can. The value is the lowest share of its frequency that one is allowed.
func Throttling(h *Host) selftest.Check {
	return selftest.Check{
		Name: "throttling", Severity: selftest.Drift,
		Asks:   "may the processors run at full speed?",
		Remedy: "heat, a weak power supply, a power mode: nvpmodel on a Jetson",
		Needs:  []selftest.Need{{Name: "frequency scaling", Lacks: h.noScaling}},
		Run:    func(context.Context, uint64) selftest.Result { return h.throttling() },
	}
}

// processor is how fast one may run, and could.
type processor struct {
	name          string
	allowed, most int // kHz
}

func (p processor) share() float64 { return float64(p.allowed) / float64(p.most) }

// slowestProcessor is the one that is allowed the least.
func (h *Host) slowestProcessor() (slow processor, known bool) {
	policies, _ := filepath.Glob(filepath.Join(h.Sys, "devices/system/cpu/cpu[0-9]*/cpufreq")) // the pattern is well formed
	for _, policy := range policies {
		p := processor{name: filepath.Base(filepath.Dir(policy))}
		var err error
		if p.most, err = number(filepath.Join(policy, "cpuinfo_max_freq")); err != nil || p.most <= 0 {
			continue
		}
		if p.allowed, err = number(filepath.Join(policy, "scaling_max_freq")); err != nil {
			continue
		}
		if !known || p.share() < slow.share() {
			slow, known = p, true
		}
	}
	return slow, known
}

func (h *Host) noScaling() string {
	if _, known := h.slowestProcessor(); !known {
		return "this machine does not report how fast its processors may run"
	}
	return ""
}

func (h *Host) throttling() selftest.Result {
	p, known := h.slowestProcessor()
	if !known { // it was a moment ago
		return selftest.Skip(h.noScaling())
	}
	r := selftest.Scale{
		Quantity: "speed", Unit: "of full speed", Bound: selftest.AtLeast, Warn: slowest,
		Hint: "heat, a weak power supply or a power mode slows the unit down: see temperature, and nvpmodel on a Jetson",
	}.Grade(selftest.Rounded(p.share()))
	r.Detail = fmt.Sprintf("%s may run at %d of %d MHz", p.name, p.allowed/1000, p.most/1000)
	return r
}
