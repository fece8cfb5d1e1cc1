package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/metrics"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestHostileTexts are names in labels: Prometheus takes no label that is not UTF-8, and a scrape must never fail.
func TestHostileTexts(t *testing.T) {
	for _, text := range reporttest.Hostile() {
		s := report.State{Cameras: []report.Camera{{Name: text}, {Name: strings.Replace(text, "\x1b", "\x07", 1)}}, Health: report.Health{State: text}}
		m := &metrics.Metrics{Version: text, Model: text, Cameras: []string{text}, State: func() report.State { return s }}
		if err := m.Initialize(); err != nil {
			t.Fatal(err)
		}
		m.ObserveEvent(report.Event{Camera: text, Label: text, Reason: text, Defense: report.Defense{Certified: text, Suspicion: []string{text}, Recovered: text}})
		m.ObserveEvent(report.Event{Camera: text, Label: "none", Defense: report.Defense{Alarm: text}})
		m.ObserveFrame(&frame.Frame{Camera: text, Time: time.Now()})
		m.ObserveCheck(text, text, 1)
		reporttest.CheckText(t, "a scrape", scrape(t, m))
	}
}
