package config

import (
	"strings"
	"time"
	"unicode"
)

// MQTT is where decisions are sent.
type MQTT struct {
	Broker          Broker     `yaml:"broker"` // "": nothing is sent
	Username        string     `yaml:"username"`
	PasswordFile    SecretFile `yaml:"password_file"`
	CAFile          string     `yaml:"ca_file"`   // certificates to trust, "": the system's
	CertFile        string     `yaml:"cert_file"` // the device's own certificate
	KeyFile         string     `yaml:"key_file"`  // and its key
	Prefix          Topic      `yaml:"prefix"`    // first part of every topic
	Discovery       bool       `yaml:"discovery"` // tell Home Assistant which entities there are
	DiscoveryPrefix Topic      `yaml:"discovery_prefix"`
	SpoolEvents     int        `yaml:"spool_events"` // events kept while the broker is away; then the oldest are dropped
	SpoolAge        Duration   `yaml:"spool_age"`    // older events are dropped
}

func (m *MQTT) setDefaults() {
	*m = MQTT{
		Prefix: "maskwarden", Discovery: true, DiscoveryPrefix: "homeassistant",
		SpoolEvents: 10000, SpoolAge: Duration(168 * time.Hour),
	}
}

func (m *MQTT) check(at section) {
	at.need("password_file", m.PasswordFile == "" || m.Username != "", "a username beside it", "none")
	at.need("key_file", m.CertFile == "" || m.KeyFile != "", "the key of cert_file", "nothing")
	at.need("cert_file", m.KeyFile == "" || m.CertFile != "", "the certificate of key_file", "nothing")
	if m.Broker != "" && !m.Broker.TLS() {
		const want = "a broker address with mqtts:// or wss:// for it"
		at.need("ca_file", m.CAFile == "", want, quoted(string(m.Broker)))
		at.need("cert_file", m.CertFile == "", want, quoted(string(m.Broker)))
	}
	at.need("prefix", m.Prefix != "", m.Prefix.want(), "nothing")
	at.need("discovery_prefix", m.DiscoveryPrefix != "", m.Prefix.want(), "nothing")
	within(at, "spool_events", m.SpoolEvents, 1, 10_000_000)
	within(at, "spool_age", m.SpoolAge, Duration(time.Second), Duration(365*24*time.Hour))
}

// Topic is the first part of MQTT topics.
type Topic string

// UnmarshalText sets the topic.
func (t *Topic) UnmarshalText(b []byte) error {
	s := string(b)
	for level := range strings.SplitSeq(s, "/") {
		if level == "" || len(s) > 128 || strings.ContainsAny(level, "+#$ \x00") || strings.ContainsFunc(level, unicode.IsControl) {
			return wantErr(t, s)
		}
	}
	*t = Topic(s)
	return nil
}

func (*Topic) want() string { return "a topic such as home/maskwarden, without +, #, $ and spaces" }
