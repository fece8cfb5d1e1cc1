package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/maskwarden/maskwarden/report"
)

// selftest counts the checks of the self-test.
type selftest struct {
	checks *prometheus.CounterVec
	busy   prometheus.Counter
}

func newSelftest() selftest {
	return selftest{
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "maskwarden_selftest_checks_total", Help: "Self-test checks that ran, by result.",
		}, []string{"check", "result"}),
		busy: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "maskwarden_selftest_seconds_total", Help: "Time that self-test checks took.",
		}),
	}
}

// collectHealth sends one series a state of health, of which one is 1, and when the last full self-test ended.
func collectHealth(ch chan<- prometheus.Metric, h *report.Health) {
	state := prometheus.NewDesc("maskwarden_health", "1 for the state of health that the daemon is in.", []string{"state"}, nil)
	for _, name := range []string{"init", "selftest", "operational", "degraded", "fail_safe"} {
		ch <- prometheus.MustNewConstMetric(state, prometheus.GaugeValue, oneIf(h.State == name), name)
	}
	at := func(name, help string, t time.Time) {
		desc := prometheus.NewDesc("maskwarden_"+name, help, nil, nil)
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(t.UnixMilli())/1000)
	}
	if !h.Since.IsZero() {
		at("health_since_timestamp_seconds", "When the state of health began, in Unix time.", h.Since)
	}
	if h.SelfTest != nil {
		at("selftest_timestamp_seconds", "When the last full self-test ended, in Unix time.", h.SelfTest.Time)
		failed := prometheus.NewDesc("maskwarden_selftest_failed_checks", "Checks that failed in the last full self-test.", nil, nil)
		ch <- prometheus.MustNewConstMetric(failed, prometheus.GaugeValue, float64(len(h.SelfTest.Failed)))
	}
}
