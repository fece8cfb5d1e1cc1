package mqtt_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/report/mqtt"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTranscript compares all that a reader receives, from start to stop, with what docs/MQTT.md promises.
func TestTranscript(t *testing.T) {
	t.Run("mosquitto", func(t *testing.T) { transcript(t, startMosquitto(t)) })
	t.Run("NATS", func(t *testing.T) { transcript(t, startNATS(t)) })
}

func transcript(t *testing.T, m *mosquitto) {
	t.Helper()
	r := startReader(t, m, "maskwarden/#", "homeassistant/#")
	publish(t, m, "maskwarden/door/cmd/state", "old", true) // from long ago: must be ignored
	until(t, "the command is there", func() bool { return len(r.received("maskwarden/door/cmd/state ")) == 1 })
	asked := make(chan struct{}, 1)
	p := &mqtt.Publisher{Broker: "mqtt://" + m.addr, Discovery: true, Version: "1.0", OnSelfTest: func() { asked <- struct{}{} }}
	l := startWithoutState(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	p.State(state("i1"))
	until(t, "state", func() bool { return len(r.received("maskwarden/door/state")) == 1 })
	add(p, event(1))
	add(p, event(2))
	until(t, "events", func() bool { return len(r.received("maskwarden/door/event")) == 2 })
	publish(t, m, "maskwarden/door/cmd/state", `{"id":"a-7"}`, false)
	until(t, "state again", func() bool { return len(r.received("maskwarden/door/state")) == 2 })
	until(t, "its answer", func() bool { return len(r.received("maskwarden/door/cmd/state/result")) == 1 })
	publish(t, m, "maskwarden/door/cmd/selftest", "PRESS", false)
	until(t, "self-test", func() bool { return len(asked) == 1 })
	until(t, "its answer", func() bool { return len(r.received("maskwarden/door/cmd/selftest/result")) == 1 })
	publish(t, m, "maskwarden/door/cmd/selftest", "now", false)
	until(t, "refusal", func() bool { return len(r.received("maskwarden/door/cmd/selftest/result")) == 2 })
	publish(t, m, "maskwarden/door/cmd/reboot", "now", false)
	until(t, "refusal", func() bool { return strings.Contains(l.logged(), "unknown command") })
	publish(t, m, "homeassistant/status", "online", false)
	until(t, "discovery again", func() bool { return len(r.received("homeassistant/device/door/config")) == 2 })
	until(t, "state after it", func() bool { return len(r.received("maskwarden/door/state")) == 3 })
	finish(t, p)
	until(t, "offline", func() bool { return len(r.received("maskwarden/door/availability")) == 2 })

	masked := regexp.MustCompile(`"(time|since)":"[^"]*"`).ReplaceAllString(strings.Join(r.received(""), "\n")+"\n", `"$1":"TIME"`)
	golden := filepath.Join("testdata", "transcript.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(masked), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), masked); diff != "" {
		t.Error(diff)
	}

	late := startReader(t, m, "maskwarden/#")
	until(t, "retained", func() bool { return len(late.received("maskwarden/")) >= 3 })
	for topic, n := range map[string]int{"availability offline": 1, "state {": 1, "event": 0} {
		if got := late.received("maskwarden/door/" + topic); len(got) != n {
			t.Errorf("a late reader receives %q, want %d of %s", got, n, topic)
		}
	}
	if got := strings.Count(l.logged(), "a retained command is ignored"); got != 1 {
		t.Errorf("a retained command was ignored %d times, want 1", got)
	}
}

func TestKilledPublisherGoesOffline(t *testing.T) {
	t.Run("mosquitto", func(t *testing.T) { goesOffline(t, startMosquitto(t)) })
	t.Run("NATS", func(t *testing.T) { goesOffline(t, startNATS(t)) })
}

func goesOffline(t *testing.T, m *mosquitto) {
	t.Helper()
	r := startReader(t, m, "maskwarden/#")
	child := exec.Command(os.Args[0], t.TempDir())
	child.Env = append(os.Environ(), childVariable+"="+m.addr)
	child.Stdout = os.Stdout
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "events", func() bool { return len(r.received("maskwarden/door/event")) > 2 })
	if got := r.received("maskwarden/door/availability"); len(got) != 1 || got[0] != "maskwarden/door/availability online" {
		t.Errorf("got %q", got)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	until(t, "offline", func() bool {
		got := r.received("maskwarden/door/availability")
		return len(got) == 2 && got[1] == "maskwarden/door/availability offline"
	})
	late := startReader(t, m, "maskwarden/door/availability")
	until(t, "a retained offline", func() bool { return len(late.received("maskwarden/door/availability offline")) == 1 })
}
