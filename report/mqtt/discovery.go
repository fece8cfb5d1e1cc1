package mqtt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/maskwarden/maskwarden/report"
)

// entity is a component of a Home Assistant device.
type entity struct {
	Platform    string   `json:"platform"`
	UniqueID    string   `json:"unique_id"`
	Name        string   `json:"name"`
	StateTopic  string   `json:"state_topic,omitempty"`
	Template    string   `json:"value_template,omitempty"`
	Class       string   `json:"device_class,omitempty"`
	StateClass  string   `json:"state_class,omitempty"`
	Unit        string   `json:"unit_of_measurement,omitempty"`
	Category    string   `json:"entity_category,omitempty"`
	EventTypes  []string `json:"event_types,omitempty"`
	Options     []string `json:"options,omitempty"`
	Command     string   `json:"command_topic,omitempty"`
	Attributes  string   `json:"json_attributes_topic,omitempty"`
	AttributesT string   `json:"json_attributes_template,omitempty"`
	ExpireAfter int      `json:"expire_after,omitempty"` // seconds
}

// onOff is a binary sensor's template: on where a condition on a value holds. None is unknown to Home Assistant: a message of another version may
// lack any field.
func onOff(set, value, condition string) string {
	return set + "{{ None if " + value + " is not defined else 'ON' if " + value + condition + " else 'OFF' }}"
}

// decisionTemplate makes of an event what Home Assistant's event entity wants. The type is report.Event.Kind: an automation that opens a door
// on correct must not get correct from an alarm, or by a camera whose self-test failed.
func decisionTemplate() string {
	label := "value_json.label | default('unknown') if value_json.verified | default(false) else '" + report.Unverified + "'"
	fields := []string{"'event_type': value_json.alarm | default(" + label + ", true)"}
	missing := map[string]string{"verified": "false", "never_correct": "false", "suspected": "false", "suspicion": "[]", "probabilities": "{}", "track": "0"}
	for _, name := range append([]string{"id", "camera", "track", "probabilities"}, report.SafetyFields()...) {
		fields = append(fields, fmt.Sprintf("'%s': value_json.%s | default(%s)", name, name, cmp.Or(missing[name], "''")))
	}
	return "{{ {" + strings.Join(fields, ", ") + "} | to_json }}"
}

func (p *Publisher) discoveryTopic() string {
	return p.DiscoveryPrefix + "/device/" + p.Device + "/config"
}

// discovery describes the device and its cameras to Home Assistant's MQTT integration
// (home-assistant.io/integrations/mqtt, device discovery).
func (p *Publisher) discovery(s report.State) []byte {
	const diagnostic, threeStates = "diagnostic", 180
	components, version := map[string]entity{}, report.Clean(p.Version, report.MaxText)
	add := func(key string, e entity) {
		e.UniqueID = "maskwarden_" + p.Device + "_" + key
		if e.StateTopic == "" && e.Command == "" {
			e.StateTopic = p.topics.state()
		}
		components[key] = e
	}
	add("problem", entity{
		Platform: "binary_sensor", Name: "Problem", Class: "problem", Category: diagnostic,
		Template: onOff("", "value_json.status", " == 'degraded'"),
	})
	add("queued", entity{
		Platform: "sensor", Name: "Queued events", Template: "{{ (value_json.spool | default({})).queued | default(None) }}",
		StateClass: "measurement", Category: diagnostic, ExpireAfter: threeStates,
	})
	add("decision", entity{
		Platform: "event", Name: "Decision", StateTopic: p.topics.event(),
		Template: decisionTemplate(), EventTypes: report.Kinds(),
	})
	p.discoverHealth(add)
	for _, c := range s.Cameras {
		key := "camera_" + regexp.MustCompile(`[^A-Za-z0-9_-]`).ReplaceAllString(c.Name, "_")
		name, _ := json.Marshal(c.Name) // a string always encodes
		find := fmt.Sprintf("{%% set camera = (value_json.cameras | default([]) | selectattr('name', 'defined') | selectattr('name', 'eq', %s)"+
			" | list + [{}]) | first %%}", name)
		now := func(field string) string { // of a camera that gives no frames nothing is known
			return find + "{{ camera." + field + " | default(None) if camera.status | default('') == 'ok' else None }}"
		}
		add(key+"_problem", entity{
			Platform: "binary_sensor", Name: c.Name + " problem", Class: "problem", Category: diagnostic,
			Template: onOff(find, "camera.status", " == 'lost'"),
		})
		add(key+"_people", entity{
			Platform: "sensor", Name: c.Name + " people", Template: now("people"),
			StateClass: "measurement", ExpireAfter: threeStates,
		})
		add(key+"_fps", entity{
			Platform: "sensor", Name: c.Name + " frame rate", Template: now("fps"), Unit: "fps",
			StateClass: "measurement", Category: diagnostic, ExpireAfter: threeStates,
		})
	}
	payload, err := report.JSON(map[string]any{
		"device": map[string]any{
			"identifiers": []string{"maskwarden_" + p.Device}, "name": p.Device, "model": "maskwarden", "sw_version": version,
		},
		"origin": map[string]string{
			"name": "maskwarden", "sw_version": version, "support_url": "https://github.com/maskwarden/maskwarden",
		},
		"availability_topic": p.topics.availability(),
		"qos":                1,
		"components":         components,
	})
	if err != nil {
		p.Logger.Error("discovery is not published", "error", err)
	}
	return payload
}
