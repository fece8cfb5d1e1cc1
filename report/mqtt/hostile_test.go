package mqtt_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestHostileTexts are what mosquitto_sub shows of states, discovery, events and answers.
func TestHostileTexts(t *testing.T) {
	m := startMosquitto(t)
	for _, text := range reporttest.Hostile() {
		r := startReader(t, m, "maskwarden/#", "homeassistant/#")
		p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Discovery: true, Version: text}
		l := startWithoutState(t, p)
		s := state("i1")
		s.Version, s.Model, s.Reasons, s.Spool.Error, s.Cameras[0].Name, s.Cameras[0].Reason = text, text, []string{text}, text, text, text
		s.Health.State, s.Health.SelfTest = "degraded", &report.SelfTest{Why: text, Result: text, Failed: []string{text}}
		s.Health.Explain([]report.Reason{{Subject: "camera " + text, Finding: text, Hint: text}})
		p.State(s)
		e := event(1)
		e.Camera, e.Model, e.Reason = text, text, text[:min(len(text), 1000)]
		add(p, e)
		until(t, fmt.Sprintf("the event %.40q", text), func() bool { return len(r.received("maskwarden/door/event ")) == 1 })
		publish(t, m, "maskwarden/door/cmd/state", `{"id":"x"}`, false)
		until(t, "the answer", func() bool { return len(r.received("maskwarden/door/cmd/state/result ")) == 1 })
		finish(t, p)
		reporttest.CheckText(t, "mosquitto_sub", strings.Join(r.received(""), "\n"))
		for _, line := range r.received("maskwarden/door/state ") {
			var got report.State
			if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "maskwarden/door/state ")), &got); err != nil {
				t.Fatal(err)
			}
			for _, text := range append(got.Reasons, got.Version, got.Cameras[0].Reason, got.Health.Reason) { // as a dashboard shows it
				reporttest.CheckText(t, "a value of the state", text)
			}
		}
		if strings.Contains(l.logged(), "not published") {
			t.Error(l.logged())
		}
		publish(t, m, "homeassistant/device/door/config", "", true)
		publish(t, m, "maskwarden/door/state", "", true)
	}
}
