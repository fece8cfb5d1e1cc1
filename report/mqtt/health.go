package mqtt

import "github.com/maskwarden/maskwarden/report"

// discoverHealth adds the state of health with its reason, the alarm, and where it can be asked for the button that starts a
// self-test.
func (p *Publisher) discoverHealth(add func(key string, e entity)) {
	const diagnostic = "diagnostic"
	add("health", entity{
		Platform: "sensor", Name: "Health", Class: "enum", Category: diagnostic, Template: "{{ (value_json.health | default({})).state | default(None) }}",
		Options:    report.HealthStates(),
		Attributes: p.topics.state(), AttributesT: "{{ value_json.health | default({}) | to_json }}",
	})
	add("alarm", entity{
		Platform: "binary_sensor", Name: "Alarm", Class: "safety",
		Template: onOff("{% set health = value_json.health | default({}) %}", "health.alarm", ""),
	})
	if p.OnSelfTest != nil {
		add("selftest", entity{Platform: "button", Name: "Self-test", Category: diagnostic, Command: p.topics.command("selftest")})
	}
}
