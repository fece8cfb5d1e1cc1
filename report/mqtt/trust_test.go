package mqtt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
)

// rights are a mosquitto that grants some topics.
func rights(t *testing.T, rules ...string) *mosquitto {
	t.Helper()
	return startMosquitto(t, "acl_file "+write(t, "acl", strings.Join(rules, "\n")+"\n", 0o644))
}

// TestRightsOfTheDocument: the rights that docs/MQTT.md names suffice for all that the daemon does.
func TestRightsOfTheDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/MQTT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(doc), "\n```\ntopic readwrite ")
	list, _, closed := strings.Cut(list, "\n```\n")
	if !ok || !closed {
		t.Fatal("docs/MQTT.md shows no rights")
	}
	m := rights(t, strings.ReplaceAll("topic readwrite "+list, "DEVICE", "door"))
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Discovery: true}
	l := start(t, p)
	add(p, event(1))
	until(t, "an empty outbox", func() bool { return p.Outbox.State().Queued == 0 })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := p.RoundTrip(ctx); err != nil {
		t.Error(err)
	}
	if got := l.last(); got != "true " {
		t.Errorf("the connection is %q", got)
	}
	finish(t, p)
}

// TestDeniedEventsAreNamedAndKept: mosquitto acknowledges what it denies, and drops it.
func TestDeniedEventsAreNamedAndKept(t *testing.T) {
	const granted = "topic readwrite maskwarden/door/"
	acl := write(t, "acl", granted+"state\n"+granted+"availability\ntopic read maskwarden/door/#\n", 0o644)
	m := startMosquitto(t, "acl_file "+acl)
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, Timeout: 300 * time.Millisecond}
	l := start(t, p)
	for i := range 3 {
		add(p, event(i))
	}
	want := "true the broker takes events on maskwarden/door/event, and gives none back: allow this user to write and to read there; " +
		"events are kept until then"
	until(t, want, func() bool { return l.last() == want })
	if got := p.Outbox.State().Queued; got != 3 {
		t.Errorf("%d events wait, want 3", got)
	}
	if err := os.WriteFile(acl, []byte("topic readwrite #\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Process.Signal(syscall.SIGHUP); err != nil { // mosquitto reads its rules again
		t.Fatal(err)
	}
	r := startReader(t, m, "maskwarden/#")
	time.Sleep(100 * time.Millisecond)
	add(p, event(3))
	until(t, "an empty outbox", func() bool { return p.Outbox.State().Queued == 0 })
	until(t, "all events", func() bool { n, _ := distinct(t, r); return len(n) == 4 })
	until(t, "no complaint", func() bool { return l.last() == "true " })
	finish(t, p)
}

// TestForeignClaim: who may write the state's topic changes nothing of the device's health, log and memory.
func TestForeignClaim(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/door/state")
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr}
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	p.State(state("i1"))
	for i := range 5 {
		publish(t, m, "maskwarden/door/state", fmt.Sprintf(`{"instance":"\u001b[2Jx%d%s"}`, i, strings.Repeat("y", 1000)), true)
	}
	until(t, "its own state takes the place of the last claim", func() bool {
		all := r.received("maskwarden/door/state ")
		return len(all) > 6 && strings.Contains(all[len(all)-1], `"instance":"i1"`)
	})
	if got := l.last(); got != "true " {
		t.Errorf("the connection is %q", got)
	}
	log := l.logged()
	if n := strings.Count(log, "another daemon seems to use"); n != 1 || strings.Contains(log, "\x1b") || len(log) > 2000 {
		t.Errorf("%d warnings: %q", n, log)
	}
	finish(t, p)
}

// TestLongMessagesAreNotRead: they are acknowledged, so that the broker does not send them again, and nothing is done.
func TestLongMessagesAreNotRead(t *testing.T) {
	m := startMosquitto(t)
	long := write(t, "long", strings.Repeat(" ", 5<<20), 0o600)
	send := func(topic string, retain ...string) {
		args := append([]string{"-p", m.addr[strings.LastIndex(m.addr, ":")+1:], "-q", "1", "-t", topic, "-f", long}, retain...)
		if out, err := exec.Command("mosquitto_pub", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	send("maskwarden/door/state", "-r")
	asked := 0
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr, OnSelfTest: func() { asked++ }}
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	r := startReader(t, m, "maskwarden/door/cmd/selftest/result")
	answers := func() []string { return r.received("maskwarden/door/cmd/selftest/result") }
	send("maskwarden/door/cmd/selftest")
	until(t, "refused", func() bool { return strings.Contains(l.logged(), "a message is refused: it is too long") })
	until(t, "the answer", func() bool { return len(answers()) == 1 && strings.Contains(answers()[0], `"result":"refused"`) })
	publish(t, m, "maskwarden/door/cmd/selftest", "", false)
	until(t, "the next command", func() bool { return len(answers()) == 2 && strings.Contains(answers()[1], `"result":"accepted"`) })
	if asked != 1 {
		t.Errorf("%d self-tests, want 1", asked)
	}
	finish(t, p)
}

// TestCommandsAreBounded: payloads are strict, five come at once, and the log has a line.
func TestCommandsAreBounded(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/door/cmd/state/result")
	p := &mqtt.Publisher{Broker: "tcp://" + m.addr}
	l := start(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	for i, payload := range []string{`{"id":"a"}`, `{"id":"a","x":1}`, `[]`, "\x1b", `{"id":"\u001b"}`, "PRESS", ""} {
		publish(t, m, "maskwarden/door/cmd/state", payload, false)
		until(t, "an answer", func() bool { return len(r.received("maskwarden/door/cmd/state/result ")) == i+1 })
	}
	var got []string
	for _, line := range r.received("maskwarden/door/cmd/state/result ") {
		var v report.CommandResult
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "maskwarden/door/cmd/state/result ")), &v); err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.TrimSpace(v.Result+" "+v.ID+" "+v.Reason))
	}
	const format, id, many = `refused  want nothing, PRESS or {"id": "…"}`, "refused  want an id of at most 64 printable bytes", "refused  too many commands: one in 10 s is taken"
	want := []string{"accepted a", format, format, format, id, many, many}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("answer %d: %q, want %q", i, got[i], want[i])
		}
	}
	if n := strings.Count(l.logged(), "msg=command"); n != 1 {
		t.Errorf("%d lines about commands: %s", n, l.logged())
	}
	finish(t, p)
}

// TestSlowBroker: acknowledgements that take longer than the way there are waited for.
func TestSlowBroker(t *testing.T) {
	m := startMosquitto(t)
	way := startProxy(t, m.addr)
	way.slow(500 * time.Millisecond)
	p := &mqtt.Publisher{Broker: "tcp://" + way.addr(), Timeout: 200 * time.Millisecond}
	l := start(t, p)
	for i := range 3 {
		add(p, event(i))
	}
	until(t, "an empty outbox", func() bool { return p.Outbox.State().Queued == 0 })
	if log := l.logged(); strings.Contains(log, "not connected") {
		t.Errorf("it did not stay connected: %s", log)
	}
	finish(t, p)
}

// TestRestartsDoNotAddUp: a connection that worked ends the growing of the pauses.
func TestRestartsDoNotAddUp(t *testing.T) {
	m := startMosquitto(t)
	way := startProxy(t, m.addr)
	p := &mqtt.Publisher{Broker: "tcp://" + way.addr(), RetryMin: 10 * time.Millisecond, RetryMax: time.Hour}
	l := start(t, p)
	for range 15 { // doubled each time, the last pause would be minutes
		until(t, "online", func() bool { return l.last() == "true " })
		way.set(false, false)
		way.set(true, false)
		until(t, "lost", func() bool { return l.last() != "true " })
	}
	until(t, "online", func() bool { return l.last() == "true " })
	finish(t, p)
}
