package mqtt_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/mqtt"
)

// people returns how many people each state that was received has.
func people(t *testing.T, r *reader) (all []int) {
	t.Helper()
	for _, line := range r.received("maskwarden/door/state ") {
		var s report.State
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "maskwarden/door/state ")), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s.Cameras[0].People)
	}
	return all
}

// TestOneStateASecond changes the state all the time: of each second only the last state is published, and the last of all is.
func TestOneStateASecond(t *testing.T) {
	m := startMosquitto(t)
	r := startReader(t, m, "maskwarden/#")
	p := &mqtt.Publisher{Broker: "mqtt://" + m.addr}
	l := startWithoutState(t, p)
	until(t, "online", func() bool { return l.last() == "true " })
	set := func(n int) {
		s := state("i1")
		s.Cameras[0].People = n
		p.State(s)
	}
	began, last := time.Now(), 0
	for ; time.Since(began) < 2500*time.Millisecond; time.Sleep(5 * time.Millisecond) {
		last++
		set(last)
	}
	arrived := func(n int) func() bool {
		return func() bool { got := people(t, r); return len(got) > 0 && got[len(got)-1] == n }
	}
	until(t, "the last state", arrived(last))
	got := people(t, r)
	if most := 1 + int(time.Since(began)/time.Second); len(got) > most || len(got) < 3 {
		t.Errorf("%d states received, want 3 to %d: %v", len(got), most, got)
	}
	if got[0] > last/5 {
		t.Errorf("the first state is number %d of %d: it waited although nothing had been published", got[0], last)
	}
	finish(t, p)
}

// TestLastStateBeforeOffline stops with a state that waits for its second, and with one that came just now.
func TestLastStateBeforeOffline(t *testing.T) {
	m := startMosquitto(t)
	for i, pause := range []time.Duration{200 * time.Millisecond, 0} {
		r := startReader(t, m, "maskwarden/#")
		p := &mqtt.Publisher{Broker: "mqtt://" + m.addr}
		l := startWithoutState(t, p)
		until(t, "online", func() bool { return l.last() == "true " })
		for n := range 2 {
			s := state("i1")
			s.Cameras[0].People = 10*i + n
			p.State(s)
			until(t, "the first state", func() bool { return slices.Contains(people(t, r), 10*i) })
		}
		time.Sleep(pause)
		finish(t, p)
		offline := func() bool {
			all := r.received("maskwarden/")
			return strings.HasSuffix(all[len(all)-1], "availability offline")
		}
		until(t, "offline", offline)
		if got := people(t, r); got[len(got)-1] != 10*i+1 {
			t.Errorf("after a pause of %v the last state is lost: %v", pause, got)
		}
	}
}
