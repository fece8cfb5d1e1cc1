package mqtt_test

import (
	"maps"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/maskwarden/maskwarden/report/mqtt"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// recorder is a broker's hook that keeps on what terms clients connect and subscribe.
type recorder struct {
	mochi.HookBase
	mu       sync.Mutex
	connects []packets.ConnectParams
	filters  map[string]byte // QoS of each subscription
}

func (r *recorder) Provides(b byte) bool { return b == mochi.OnConnect || b == mochi.OnSubscribed }

func (r *recorder) OnConnect(_ *mochi.Client, p packets.Packet) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connects = append(r.connects, p.Connect)
	return nil
}

func (r *recorder) OnSubscribed(_ *mochi.Client, p packets.Packet, _ []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range p.Filters {
		r.filters[s.Filter] = s.Qos
	}
}

// TestTerms holds the packets that a broker gets to what they must say.
func TestTerms(t *testing.T) {
	r := &recorder{filters: map[string]byte{}}
	server := mochi.New(&mochi.Options{})
	listen := listeners.NewTCP(listeners.Config{ID: "t", Address: "127.0.0.1:0"})
	for _, err := range []error{server.AddHook(new(auth.AllowHook), nil), server.AddHook(r, nil), server.AddListener(listen), server.Serve()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	defer server.Close()
	_, port, _ := net.SplitHostPort(listen.Address())
	p := &mqtt.Publisher{Broker: "mqtt://127.0.0.1:" + port, Username: "u", Discovery: true, DiscoveryPrefix: "ha/own"}
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	finish(t, p)
	if _, err := (&mqtt.Publisher{Broker: p.Broker, Device: "door"}).RoundTrip(t.Context()); err != nil {
		t.Fatal(err)
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	want := map[string]byte{"maskwarden/door/cmd/+": 1, "maskwarden/door/state": 1, "maskwarden/door/event": 1, "ha/own/status": 1, "maskwarden/door/selftest": 1}
	if diff := cmp.Diff(want, r.filters); diff != "" {
		t.Errorf("subscriptions: %s", diff)
	}
	if len(r.connects) != 2 {
		t.Fatalf("%d connections, want 2", len(r.connects))
	}
	c, test := r.connects[0], r.connects[1]
	if !c.WillFlag || c.WillTopic != "maskwarden/door/availability" || string(c.WillPayload) != "offline" || c.WillQos != 1 || !c.WillRetain {
		t.Errorf("last will: %+v", c)
	}
	if c.ClientIdentifier != "maskwarden-door" || !c.Clean || c.Keepalive != 20 || string(c.Username) != "u" || c.PasswordFlag {
		t.Errorf("connection: %+v", c)
	}
	if test.WillFlag || !strings.HasPrefix(test.ClientIdentifier, "maskwarden-selftest-") || len(test.ClientIdentifier) < 30 {
		t.Errorf("the self-test's connection: %+v", test)
	}
}

// TestTermsAreTheDocuments holds QoS and retain of every message to the table in docs/MQTT.md.
func TestTermsAreTheDocuments(t *testing.T) {
	doc, err := os.ReadFile("../../docs/MQTT.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|.*\\| ([01]) \\| (yes|no) \\|").FindAllStringSubmatch(string(doc), -1) {
		want[strings.NewReplacer("<device>", "door", "<command>", "state").Replace(row[1])] = row[2] + " " + row[3]
	}
	if len(want) != 7 {
		t.Fatalf("the table has %v", want)
	}

	m := startMosquitto(t)
	live := startReaderAs(t, m, "%t %q", "maskwarden/#", "homeassistant/#")
	o := &outbox.Outbox{Dir: t.TempDir(), MaxEvents: 1}
	o.Initialize()
	defer o.Close()
	p := &mqtt.Publisher{Broker: "mqtt://" + m.addr, Discovery: true, Outbox: o}
	add(p, event(1))
	add(p, event(2)) // one of them is lost
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	publish(t, m, "maskwarden/door/cmd/state", "", false)
	if _, err := (&mqtt.Publisher{Broker: p.Broker, Device: "door"}).RoundTrip(t.Context()); err != nil {
		t.Fatal(err)
	}
	topics := func(r *reader) map[string]string {
		got := map[string]string{}
		for _, line := range r.received("") {
			topic, rest, _ := strings.Cut(line, " ")
			got[topic] = rest
		}
		delete(got, "ready")
		delete(got, "maskwarden/door/cmd/state")
		return got
	}
	until(t, "all topics", func() bool { return len(topics(live)) == len(want) })
	during := startReaderAs(t, m, "%t %p", "maskwarden/door/availability")
	until(t, "a retained online", func() bool { return len(during.received("maskwarden/door/availability online")) == 1 })
	finish(t, p)
	late := startReaderAs(t, m, "%t %r", "maskwarden/#", "homeassistant/#")
	until(t, "the last word", func() bool { return len(late.received("maskwarden/door/state")) == 1 })
	got, kept := topics(live), topics(late)
	for topic := range maps.Keys(got) {
		retained := " no"
		if kept[topic] == "1" {
			retained = " yes"
		}
		got[topic] += retained
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
