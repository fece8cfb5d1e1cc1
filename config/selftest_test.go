package config_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/config"
)

func TestTime(t *testing.T) {
	const general = "want a time of day such as 03:30 or 22:00, or nothing (got "
	for _, c := range []struct {
		text, want string
		since      time.Duration
	}{
		{"03:30", "", 3*time.Hour + 30*time.Minute},
		{"00:00", "", 0},
		{"23:59", "", 24*time.Hour - time.Minute},
		{"", "", -1},
		{"3:30", general + `"3:30")`, -1},
		{"24:00", general + `"24:00")`, -1},
		{"03:30:00", general + `"03:30:00")`, -1},
		{"night", general + `"night")`, -1},
	} {
		var v config.Time
		equal(t, c.text, v.UnmarshalText([]byte(c.text)), c.want)
		if got := v.Since(); got != c.since {
			t.Errorf("%q: %v since midnight, want %v", c.text, got, c.since)
		}
	}
}

func TestSelfTestRefuses(t *testing.T) {
	got, err := config.Parse("c.yaml", []byte(camera+`selftest: {interval: 10ms, cpu: 0.9, nightly: 210, hold: -1s, every: 5}
control: {path: x}
`), nil)
	refusedAs(t, got, err, `
c.yaml:2:22: selftest.interval: want 1s to 24h0m0s (got 10ms)
c.yaml:2:33: selftest.cpu: want 0.001 to 0.5 (got 0.9)
c.yaml:2:47: selftest.nightly: want a time of day such as 03:30 or 22:00, or nothing (got the number 210: put it in quotes)
c.yaml:2:58: selftest.hold: want 0s to 1h0m0s (got -1s)
c.yaml:2:63: selftest.every: unknown key, want interval, cpu, nightly or hold
c.yaml:3:11: control.path: unknown key, want socket`)
}

func TestControlSocket(t *testing.T) {
	c := config.Default()
	c.StateDir = "/var/lib/cam"
	for _, d := range []struct {
		socket, runtime string
		want            []string
	}{
		{"", "", []string{"/var/lib/cam/control.sock", "/run/maskwarden/control.sock"}},
		{"", "/run/a:/run/b", []string{"/run/a/control.sock"}},
		{"/tmp/x", "/run/a", []string{"/tmp/x"}},
	} {
		t.Setenv("RUNTIME_DIRECTORY", d.runtime)
		c.Control.Socket = d.socket
		if got := c.ControlSockets(); !slices.Equal(got, d.want) || c.ControlSocket() != filepath.Clean(d.want[0]) {
			t.Errorf("socket %q, RUNTIME_DIRECTORY %q: got %q, want %q", d.socket, d.runtime, got, d.want)
		}
	}
}
