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

// collectHealth sends one series a state of health, of which one is 1, and how the last full self-test ended.
func collectHealth(ch chan<- prometheus.Metric, h *report.Health) {
	send := func(name, help string, value float64) {
		desc := prometheus.NewDesc("maskwarden_"+name, help, nil, nil)
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	choose := func(name, help, label string, all []string, chosen string) {
		desc := prometheus.NewDesc("maskwarden_"+name, help, []string{label}, nil)
		for _, value := range all {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, oneIf(value == chosen), value)
		}
	}
	choose("health", "1 for the state of health that the daemon is in.", "state", report.HealthStates(), h.State)
	if !h.Since.IsZero() {
		send("health_since_timestamp_seconds", "When the state of health began, in Unix time.", seconds(h.Since))
	}
	if t := h.SelfTest; t != nil {
		send("selftest_timestamp_seconds", "When the last full self-test ended, in Unix time.", seconds(t.Time))
		choose("selftest_result", "1 for the result of the last full self-test.", "result", report.SelfTestResults(), t.Result)
		send("selftest_failed_checks", "Checks that failed in the last full self-test.", float64(len(t.Failed)))
		send("selftest_warned_checks", "Checks that warned in the last full self-test.", float64(len(t.Warned)))
	}
}

// seconds is a time in Unix time.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
