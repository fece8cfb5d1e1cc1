package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/maskwarden/maskwarden/report"
)

// defended are the metrics of what the defense found in the deciding frames.
type defended struct{ certified, suspected, alarms *prometheus.CounterVec }

func newDefended(counter func(name, help string, labels ...string) *prometheus.CounterVec) defended {
	return defended{
		certified: counter("decisions_certified_total", "Decisions with a guarantee against patches, by guarantee.", "guarantee"),
		suspected: counter("decisions_suspected_total", "Decisions in whose frame something may force the answer, by why.", "suspicion"),
		alarms:    counter("alarms_total", "Alarms about people, each raised once a person.", "alarm"),
	}
}

func (d *defended) collectors() []prometheus.Collector {
	return []prometheus.Collector{d.certified, d.suspected, d.alarms}
}

// defendedCamera is one camera's part, by the names in events.
type defendedCamera struct{ certified, suspected, alarms map[string]prometheus.Counter }

func (d *defended) camera(name string) defendedCamera {
	of := func(v *prometheus.CounterVec, names ...string) map[string]prometheus.Counter {
		all := map[string]prometheus.Counter{}
		for _, n := range names {
			all[n] = v.WithLabelValues(name, n)
		}
		return all
	}
	return defendedCamera{
		certified: of(d.certified, "detection", "recovery"),
		suspected: of(d.suspected, "masks_disagree", "squeeze_differs"),
		alarms:    of(d.alarms, "attack", "probing"),
	}
}

// observe counts a decision's guarantee and suspicions; names that it does not know are not counted, so that the number of
// series is bounded.
func (c *defendedCamera) observe(e *report.Defense) {
	inc := func(counters map[string]prometheus.Counter, name string) {
		if counter, ok := counters[name]; ok {
			counter.Inc()
		}
	}
	inc(c.certified, e.Certified)
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
