package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/maskwarden/maskwarden/report"
)

// state turns the daemon's present state into metrics at each scrape. Its counters are counted elsewhere, so they are passed on as
// they are instead of being counted twice.
type state struct{ now func() report.State }

// Describe sends nothing: which series there are depends on the state.
func (s *state) Describe(chan<- *prometheus.Desc) {}

// Collect sends the metrics of the present state.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	if s.now == nil {
		return
	}
	v := s.now().Cleaned()
	send := func(kind prometheus.ValueType, value float64, name, help string, cameras ...string) {
		var labels []string
		if len(cameras) > 0 {
			labels = []string{"camera"}
		}
		desc := prometheus.NewDesc("maskwarden_"+name, help, labels, nil)
		ch <- prometheus.MustNewConstMetric(desc, kind, value, cameras...)
	}
	collectHealth(ch, &v.Health)
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	seen := map[string]bool{}
	for _, c := range v.Cameras {
		if seen[c.Name] {
			continue // two series of one name would make the whole answer fail
		}
		seen[c.Name] = true
		send(counter, float64(c.Dropped), "frames_dropped_total", "Frames dropped because the pipeline was busy.", c.Name)
		send(counter, float64(c.Damaged), "pictures_damaged_total", "Pictures that came damaged, and were not judged.", c.Name)
		send(gauge, oneIf(c.Status == report.OK), "camera_up", "1 while the camera gives frames.", c.Name)
		if c.Status != report.Lost { // nobody knows who stands before a lost camera
			send(gauge, float64(c.People), "people", "People tracked in the last frame; absent while the camera is lost.", c.Name)
		}
	}
	send(gauge, float64(v.Spool.Queued), "spool_events", "Events waiting for the broker's acknowledgement.")
	send(counter, float64(v.Spool.Dropped), "spool_dropped_total", "Events lost since the outbox was first made.")
	send(gauge, oneIf(v.Status == report.OK), "ok", "1 while there is no problem: the state is neither starting nor degraded.")
}
