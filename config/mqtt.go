package config

import (
	"strings"
	"time"
	"unicode"

	"github.com/maskwarden/maskwarden/config/decode"
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
	SpoolSync       Duration   `yaml:"spool_sync"`   // events are made safe from a power cut together, once in this time
}

func (m *MQTT) setDefaults() {
	*m = MQTT{
		Prefix: "maskwarden", Discovery: true, DiscoveryPrefix: "homeassistant",
		SpoolEvents: 10000, SpoolAge: Duration(168 * time.Hour), SpoolSync: Duration(50 * time.Millisecond),
	}
}

func (m *MQTT) check(at decode.Section) {
	at.Need("password_file", m.PasswordFile == "" || m.Username != "", "a username next to it", "none")
	at.Need("key_file", m.CertFile == "" || m.KeyFile != "", "the key of cert_file", "nothing")
	at.Need("cert_file", m.KeyFile == "" || m.CertFile != "", "the certificate of key_file", "nothing")
	if m.Broker != "" && !m.Broker.TLS() {
		const want = "a broker address with mqtts:// or wss:// for it"
		at.Need("ca_file", m.CAFile == "", want, decode.Quoted(string(m.Broker)))
		at.Need("cert_file", m.CertFile == "", want, decode.Quoted(string(m.Broker)))
	}
	at.Need("prefix", m.Prefix != "", m.Prefix.Want(), "nothing")
	at.Need("discovery_prefix", m.DiscoveryPrefix != "", m.Prefix.Want(), "nothing")
	decode.Within(at, "spool_events", m.SpoolEvents, 1, 10_000_000)
	decode.Within(at, "spool_sync", m.SpoolSync, Duration(time.Millisecond), Duration(10*time.Second))
	decode.Within(at, "spool_age", m.SpoolAge, Duration(time.Second), Duration(365*24*time.Hour))
}

// Topic is the first part of MQTT topics.
type Topic string

// UnmarshalText sets the topic.
func (t *Topic) UnmarshalText(b []byte) error {
	s := string(b)
	for level := range strings.SplitSeq(s, "/") {
		if level == "" || len(s) > 128 || strings.ContainsAny(level, "+#$ \x00") || strings.ContainsFunc(level, unicode.IsControl) {
			return decode.WantError(t, s)
		}
	}
	*t = Topic(s)
	return nil
}

// Want says what a value looks like.
func (*Topic) Want() string { return "a topic such as home/maskwarden, without +, #, $ and spaces" }
