package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/maskwarden/maskwarden/report"
)

// defended are the metrics of what the defense found in the deciding frames.
type defended struct{ unverified, reasons, certified, never, suspected, recovered, alarms *prometheus.CounterVec }

func newDefended(counter func(name, help string, labels ...string) *prometheus.CounterVec) defended {
	return defended{
		unverified: counter("decisions_unverified_total", "Decisions that must open no door: the unit's health was not operational.", "label"),
		reasons:    counter("decisions_unknown_total", "Decisions without a label, by why.", "reason"),
		recovered:  counter("decisions_recovered_total", "Decisions whose label double masking recovered where masks disagreed.", "label"),

		certified: counter("decisions_certified_total", "Decisions with a guarantee against patches, by guarantee.", "guarantee"),
		never:     counter("decisions_never_correct_total", "Decisions that no patch can turn to correct, by label.", "label"),
		suspected: counter("decisions_suspected_total", "Decisions in whose frame something may force the answer, by why.", "suspicion"),
		alarms:    counter("alarms_total", "Alarms about people, each raised once a person.", "alarm"),
	}
}

func (d *defended) collectors() []prometheus.Collector {
	return []prometheus.Collector{d.unverified, d.reasons, d.certified, d.never, d.suspected, d.recovered, d.alarms}
}

// defendedCamera is one camera's part, by the names in events.
type defendedCamera struct {
	unverified, reasons, certified, never, suspected, recovered, alarms map[string]prometheus.Counter
}

func (d *defended) camera(name string) defendedCamera {
	of := func(v *prometheus.CounterVec, names ...string) map[string]prometheus.Counter {
		all := map[string]prometheus.Counter{}
		for _, n := range names {
			all[n] = v.WithLabelValues(name, n)
		}
		return all
	}
	return defendedCamera{
		unverified: of(d.unverified, report.Labels()...),
		reasons:    of(d.reasons, report.UnknownReasons()...),
		recovered:  of(d.recovered, report.Labels()...),

		certified: of(d.certified, report.Guarantees()...),
		never:     of(d.never, "incorrect", "none"),
		suspected: of(d.suspected, "masks_disagree", "squeeze_differs"),
		alarms:    of(d.alarms, report.Alarms()...),
	}
}

// observe counts what a decision says besides its label; names that it does not know are not counted, so that the number of
// series is bounded.
func (c *defendedCamera) observe(e *report.Event) {
	inc := func(counters map[string]prometheus.Counter, name string) {
		if counter, ok := counters[name]; ok {
			counter.Inc()
		}
	}
	if !e.Verified {
		inc(c.unverified, e.Label)
	}
	inc(c.reasons, e.Reason)
	inc(c.recovered, e.Recovered)
	inc(c.certified, e.Certified)
	if e.NeverCorrect {
		inc(c.never, e.Label)
	}
	for _, why := range e.Suspicion {
		inc(c.suspected, why)
	}
}

// alarm counts an alarm.
func (c *defendedCamera) alarm(name string) {
	if counter, ok := c.alarms[name]; ok {
		counter.Inc()
	}
}
