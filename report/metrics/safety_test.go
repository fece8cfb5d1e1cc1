package metrics_test

import (
	"regexp"
	"testing"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/metrics"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestMetricsCountTheSafetyFields: a scrape after an event differs with each of them.
func TestMetricsCountTheSafetyFields(t *testing.T) {
	decided := regexp.MustCompile(`(?m)^maskwarden_(decisions|alarms)_.*$`)
	reporttest.CheckFields(t, "metrics", func(e report.Event) (all string) {
		m := &metrics.Metrics{Cameras: []string{e.Camera}}
		if err := m.Initialize(); err != nil {
			t.Fatal(err)
		}
		m.ObserveEvent(e)
		for _, line := range decided.FindAllString(scrape(t, m), -1) {
			all += line + "\n"
		}
		return all
	})
}
