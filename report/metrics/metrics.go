// Package metrics counts what the daemon does, for Prometheus.
package metrics

import (
	"net/http"
	"runtime"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// Metrics holds the daemon's metrics in a registry of its own. Its methods may be called from any goroutine.
// Names follow prometheus.io/docs/practices/naming; no label takes unbounded values.
type Metrics struct {
	Version string   // of the daemon
	Model   string   // name@version:hash, as in events
	Cameras []string // names; their series exist from the start, others' from their first frame

	State     func() report.State // of the daemon, read at each scrape; nil: no metrics of it
	Connected func() bool         // whether the broker has accepted the connection; nil: no

	registry *prometheus.Registry
	frames   families
	state    state
	selftest selftest

	mu      sync.RWMutex
	cameras map[string]*camera
}

// Initialize registers the metrics.
func (m *Metrics) Initialize() error {
	m.registry = prometheus.NewRegistry()
	m.cameras = map[string]*camera{}
	m.frames = newFamilies()
	m.selftest = newSelftest()
	m.state = state{now: m.State}
	connected := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "maskwarden_mqtt_connected", Help: "1 while the broker has accepted the connection.",
	}, func() float64 { return oneIf(m.Connected != nil && m.Connected()) })
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "maskwarden_build_info", Help: "Always 1; its labels say what runs.",
	}, []string{"version", "goversion", "goarch", "model"})
	build.WithLabelValues(labelText(m.Version), runtime.Version(), runtime.GOARCH, labelText(m.Model)).Set(1)

	all := append(m.frames.collectors(), &m.state, m.selftest.checks, m.selftest.busy, connected, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, c := range all {
		if err := m.registry.Register(c); err != nil {
			return err
		}
	}
	for _, name := range m.Cameras {
		m.camera(name)
	}
	return nil
}

// Handler serves the metrics in the form that the client asks for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// ObserveFrame counts a processed frame, its faces and its stage times. It allocates nothing.
func (m *Metrics) ObserveFrame(f *frame.Frame) { m.camera(f.Camera).observe(f) }

// ObserveEvent counts a decision, or an alarm, which repeats the decision that it is about.
func (m *Metrics) ObserveEvent(e report.Event) {
	c := m.camera(e.Camera)
	if e.Alarm != "" {
		c.defended.alarm(e.Alarm)
		return
	}
	label, err := frame.ParseLabel(e.Label)
	if err != nil {
		label = frame.Unknown // keeps the number of series bounded
	}
	c.decisions[label].Inc()
	c.defended.observe(&e)
}

// ObserveCheck counts a self-test's check by its name, its result (pass, warn, fail or skipped) and the time it took.
func (m *Metrics) ObserveCheck(name, result string, seconds float64) {
	m.selftest.checks.WithLabelValues(labelText(name), labelText(result)).Inc()
	m.selftest.busy.Add(max(0, seconds))
}

// camera returns the children of a camera's labels, resolved once.
func (m *Metrics) camera(name string) *camera {
	m.mu.RLock()
	c := m.cameras[name]
	m.mu.RUnlock()
	if c != nil {
		return c
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c = m.cameras[name]; c == nil {
		c = m.frames.camera(labelText(name))
		m.cameras[name] = c
	}
	return c
}

// labelText is a text as a label's value; Prometheus takes only UTF-8.
func labelText(s string) string { return report.Clean(s, report.MaxText) }

func oneIf(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}
