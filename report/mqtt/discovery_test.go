package mqtt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// component is an entity as Home Assistant reads it.
type component struct {
	Platform   string
	Types      []string `json:"event_types"`
	Options    []string
	Topic      string `json:"state_topic"`
	Template   string `json:"value_template"`
	Attributes string `json:"json_attributes_template"`
}

// announced are the entities of a unit with two cameras, as a broker has them.
func announced(t *testing.T) map[string]component {
	t.Helper()
	m := startMosquitto(t)
	r := startReader(t, m, "homeassistant/#")
	p := &mqtt.Publisher{Broker: "mqtt://" + m.addr, Discovery: true, OnSelfTest: func() {}}
	startWithoutState(t, p)
	p.State(twoCameras())
	const topic = "homeassistant/device/door/config "
	until(t, "discovery", func() bool { return len(r.received(topic)) == 1 })
	finish(t, p)
	var d struct{ Components map[string]component }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(r.received(topic)[0], topic)), &d); err != nil {
		t.Fatal(err)
	}
	return d.Components
}

func twoCameras() report.State {
	s := state("i1")
	s.Cameras = append(s.Cameras, report.Camera{Name: "yard", Status: report.Lost, Reason: "no picture"})
	s.Health.State = report.HealthOperational
	return s
}

// rendering is a template with a message.
type rendering struct {
	Template string `json:"template"`
	Payload  string `json:"payload"`
}

// render renders templates with the Jinja of Home Assistant.
func render(t *testing.T, all ...rendering) (texts []string) {
	t.Helper()
	in, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("../../.cache/venv/bin/python", "testdata/render.py")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: run `make setup-check`", err)
	}
	var rendered []struct{ Text, Error string }
	if err := json.Unmarshal(out, &rendered); err != nil || len(rendered) != len(all) {
		t.Fatalf("%v: %s", err, out)
	}
	for i, r := range rendered {
		if r.Error != "" {
			t.Errorf("%s\nof %s: %s", all[i].Template, all[i].Payload, r.Error)
		}
		texts = append(texts, r.Text)
	}
	return texts
}

// TestHomeAssistantGetsTheSafetyFields renders the event entity, as Home Assistant does.
func TestHomeAssistantGetsTheSafetyFields(t *testing.T) {
	decision := announced(t)["decision"]
	if !slices.Equal(decision.Types, report.Kinds()) {
		t.Errorf("event types %v, want %v", decision.Types, report.Kinds())
	}
	reporttest.CheckFields(t, "Home Assistant", func(e report.Event) string {
		payload, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, rendering{decision.Template, string(payload)})[0]
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil || got["event_type"] != e.Kind() {
			t.Errorf("%s: %v, %s, want the type %s", payload, err, text, e.Kind())
		}
		delete(got, "event_type") // the fields themselves are attributes
		return fmt.Sprint(got)
	})
}

// without are copies of a message that lack a field each, also of the objects and lists in it.
func without(message any) (all []any) {
	switch m := message.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(m)) {
			fewer := maps.Clone(m)
			delete(fewer, key)
			all = append(all, fewer)
			for _, part := range without(m[key]) {
				changed := maps.Clone(m)
				changed[key] = part
				all = append(all, changed)
			}
		}
	case []any:
		for i, one := range m {
			all = append(all, slices.Delete(slices.Clone(m), i, i+1))
			for _, part := range without(one) {
				changed := slices.Clone(m)
				changed[i] = part
				all = append(all, changed)
			}
		}
	}
	return all
}

// messages are a message whole, without each of its fields, and empty.
func messages(t *testing.T, whole []byte) (all []string) {
	t.Helper()
	var message any
	if err := json.Unmarshal(whole, &message); err != nil {
		t.Fatal(err)
	}
	all = append(all, string(whole), "{}")
	for _, fewer := range without(message) {
		data, err := json.Marshal(fewer)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}

// TestHomeAssistantsTemplates renders each template with messages of all kinds, and with messages that lack fields: no error, and a value that
// the entity takes.
func TestHomeAssistantsTemplates(t *testing.T) {
	s, e := twoCameras(), reporttest.Event()
	s.Health.SelfTest = &report.SelfTest{Why: "night", Result: "pass"}
	s.Spool.Queued = 4
	stateOf, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	e.Label, e.Suspected, e.Suspicion = "correct", true, []string{"masks_disagree"}
	eventOf, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	states, events := messages(t, stateOf), messages(t, eventOf)
	templates := 0
	for name, c := range announced(t) {
		all := states
		if c.Platform == "event" {
			all = events
		}
		for _, template := range []string{c.Template, c.Attributes} {
			if template == "" {
				continue
			}
			templates++
			var with []rendering
			for _, payload := range all {
				with = append(with, rendering{template, payload})
			}
			for i, text := range render(t, with...) {
				if why := refuses(c, template, text, i == 0); why != "" {
					t.Errorf("%s: %s, of %s: %s", name, text, all[i], why)
				}
			}
		}
	}
	if templates < 12 {
		t.Errorf("%d templates, want 12 or more", templates)
	}
}

// refuses is why an entity does not take a value; a whole message gives one that is known.
func refuses(c component, template, text string, whole bool) string {
	known := text != "None"
	switch {
	case template == c.Attributes:
		var attributes map[string]any
		if json.Unmarshal([]byte(text), &attributes) != nil {
			return "attributes are a JSON object"
		}
		return ""
	case c.Platform == "event":
		var got struct {
			Type     string `json:"event_type"`
			Label    string
			Verified bool
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || !slices.Contains(c.Types, got.Type) {
			return "want an event of a known type"
		}
		if got.Type == "correct" && (got.Label != "correct" || !got.Verified) || whole && got.Type != "correct" {
			return "only a verified label is a type"
		}
		return ""
	case whole && !known && !strings.Contains(template, `"yard"`):
		return "want a value"
	case c.Platform == "binary_sensor" && known && text != "ON" && text != "OFF":
		return "want ON, OFF or None"
	case len(c.Options) > 0 && known && !slices.Contains(c.Options, text):
		return "want one of the options"
	case c.Platform == "sensor" && len(c.Options) == 0 && known && json.Unmarshal([]byte(text), new(float64)) != nil:
		return "want a number"
	}
	return ""
}

// TestEventsHaveTheSafetyFields is what mosquitto_sub shows of an event.
func TestEventsHaveTheSafetyFields(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/door/event")
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr}
	start(t, p)
	n := 0
	reporttest.CheckFields(t, "MQTT", func(e report.Event) string {
		add(p, e)
		n++
		until(t, "the event", func() bool { return len(r.received("maskwarden/door/event ")) == n })
		_, payload, _ := strings.Cut(r.received("maskwarden/door/event ")[n-1], " ")
		var got report.Event
		if err := json.Unmarshal([]byte(payload), &got); err != nil {
			t.Fatal(err)
		}
		got.Seq, got.ID = 0, "" // the outbox counts
		return fmt.Sprintf("%+v", got)
	})
	finish(t, p)
}
