package mqtt_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
)

// TestHomeAssistantGetsTheSafetyFields reads the announcement of the event entity, as the broker has it.
func TestHomeAssistantGetsTheSafetyFields(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "homeassistant/#")
	p := &mqtt.Publisher{Broker: "mqtt://" + m.addr, Discovery: true}
	start(t, p)
	const topic = "homeassistant/device/door/config "
	until(t, "discovery", func() bool { return len(r.received(topic)) == 1 })
	finish(t, p)
	var d struct {
		Components map[string]struct {
			Types    []string `json:"event_types"`
			Template string   `json:"value_template"`
		}
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(r.received(topic)[0], topic)), &d); err != nil {
		t.Fatal(err)
	}
	decision := d.Components["decision"]
	if !slices.Equal(decision.Types, report.Kinds()) {
		t.Errorf("event types %v, want %v", decision.Types, report.Kinds())
	}
	for _, field := range report.SafetyFields() {
		if !strings.Contains(decision.Template, "'"+field+"': value_json."+field+" ") {
			t.Errorf("no %s in %s", field, decision.Template)
		}
	}
	const kind = "'event_type': value_json.alarm | default(value_json.label if value_json.verified else 'unverified', true), "
	if !strings.Contains(decision.Template, kind) {
		t.Errorf("the type is not the event's kind: %s", decision.Template)
	}
}
