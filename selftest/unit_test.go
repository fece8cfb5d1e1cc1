package selftest_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// tree writes files below a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// one runs a check and compares result, value and detail.
func one(t *testing.T, c selftest.Check, result string, value float64, detail string) {
	t.Helper()
	r := selftest.Run(t.Context(), []selftest.Check{c})[0]
	if r.Result != result || r.Value != value || r.Detail != detail {
		t.Errorf("got %+v, want %s, %v, %q", r, result, value, detail)
	}
	if bad := r.Result == selftest.Fail || r.Result == selftest.Warn; bad != (r.Hint != "") {
		t.Errorf("%s with the hint %q", r.Result, r.Hint)
	}
}

func TestTemperature(t *testing.T) {
	const zone = "class/thermal/thermal_zone"
	for _, c := range []struct {
		files          map[string]string
		result, detail string
		value          float64
	}{
		{nil, selftest.Skipped, "this machine tells no temperature", 0},
		{map[string]string{zone + "0/temp": "\n"}, selftest.Skipped, "this machine tells no temperature", 0},
		{map[string]string{zone + "0/temp": "45200\n", zone + "0/type": "CPU\n", zone + "1/temp": "61000\n", zone + "1/type": "GPU\n"}, selftest.Pass, "GPU", 61},
		{map[string]string{zone + "0/temp": "81000\n", zone + "0/type": "CPU\n"}, selftest.Warn, "CPU", 81},
		{map[string]string{zone + "0/temp": "96000\n", zone + "0/type": "CPU\n"}, selftest.Fail, "CPU", 96},
		{map[string]string{
			zone + "0/temp": "71000\n", zone + "0/type": "SoC\n", zone + "0/trip_point_0_type": "critical\n", zone + "0/trip_point_0_temp": "70000\n",
			zone + "1/temp": "79000\n", zone + "1/type": "CPU\n",
		}, selftest.Fail, "SoC", 71},
	} {
		one(t, selftest.Temperature{Sys: tree(t, c.files)}, c.result, c.value, c.detail)
	}
}

func TestThrottling(t *testing.T) {
	const cpu = "devices/system/cpu/cpu"
	one(t, selftest.Throttling{Sys: tree(t, nil)}, selftest.Skipped, 0, "this machine does not tell how fast its processors may run")
	one(t, selftest.Throttling{Sys: tree(t, map[string]string{
		cpu + "0/cpufreq/cpuinfo_max_freq": "1479000\n", cpu + "0/cpufreq/scaling_max_freq": "1479000\n",
	})}, selftest.Pass, 1, "cpu0 may run at 1479 of 1479 MHz")
	one(t, selftest.Throttling{Sys: tree(t, map[string]string{
		cpu + "0/cpufreq/cpuinfo_max_freq": "1479000\n", cpu + "0/cpufreq/scaling_max_freq": "1479000\n",
		cpu + "1/cpufreq/cpuinfo_max_freq": "2000000\n", cpu + "1/cpufreq/scaling_max_freq": "1000000\n",
	})}, selftest.Warn, 0.5, "cpu1 may run at 1000 of 2000 MHz")
}

func TestMemory(t *testing.T) {
	info := func(kb string) string {
		return tree(t, map[string]string{"meminfo": "MemAvailable:   " + kb + " kB\n"})
	}
	one(t, selftest.Memory{Proc: info("512000")}, selftest.Pass, 500, "available")
	one(t, selftest.Memory{Proc: info("61440")}, selftest.Warn, 60, "available")
	one(t, selftest.Memory{Proc: info("20480")}, selftest.Fail, 20, "available")
	one(t, selftest.Memory{Proc: "/nowhere"}, selftest.Fail, 0, `could not read "/nowhere": stat /nowhere: no such file or directory`)
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	r := selftest.Disk{Dir: filepath.Join(dir, "not/yet"), MinFree: 1}.Run(t.Context())
	if r.Result != selftest.Pass || r.Value <= 0 || r.Detail != "free in "+dir {
		t.Errorf("got %+v", r)
	}
	if r = (selftest.Disk{Dir: dir, MinFree: 1 << 62}).Run(t.Context()); r.Result != selftest.Fail || r.Hint == "" {
		t.Errorf("got %+v", r)
	}
}

func TestClock(t *testing.T) {
	sound := selftest.Clock{Now: time.Now, Since: time.Since}
	if r := sound.Run(t.Context()); r.Result != selftest.Pass {
		t.Errorf("got %+v", r)
	}
	jump := sound
	read := 0
	jump.Now = func() time.Time { read++; return time.Now().Add(-time.Duration(read-1) * time.Minute) }
	if r := jump.Run(t.Context()); r.Result != selftest.Fail || r.Value < 59 || r.Detail != "the wall clock jumped by 1m0s" && r.Value < 59.5 {
		t.Errorf("got %+v", r)
	}
	early := sound
	early.After = time.Now().Add(24 * time.Hour)
	want := "it says " + time.Now().UTC().Format(time.DateOnly) + ", but the model pack is from " + early.After.UTC().Format(time.DateOnly)
	if r := early.Run(t.Context()); r.Result != selftest.Fail || r.Detail != want {
		t.Errorf("got %+v, want %q", r, want)
	}
}

func TestSpool(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	one(t, selftest.Spool{}, selftest.Skipped, 0, "no broker is configured, so nothing is kept for one")
	one(t, selftest.Spool{Dir: dir, Open: selftest.OpenSpool}, selftest.Pass, 0, "written, read and deleted in "+dir)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
	one(t, selftest.Spool{Dir: "/proc/nowhere", Open: selftest.OpenSpool}, selftest.Fail, 0, "state_dir: mkdir /proc/nowhere: no such file or directory")
}

func TestMQTT(t *testing.T) {
	answer := func(took time.Duration, err error) func(context.Context) (time.Duration, error) {
		return func(context.Context) (time.Duration, error) { return took, err }
	}
	const broker = "mqtt://b:1883"
	one(t, selftest.MQTT{}, selftest.Skipped, 0, "no broker is configured")
	one(t, selftest.MQTT{Broker: broker, RoundTrip: answer(12*time.Millisecond, nil)}, selftest.Pass, 0.012, "there and back through mqtt://b:1883")
	one(t, selftest.MQTT{Broker: broker, RoundTrip: answer(3*time.Second, nil)}, selftest.Warn, 3, "there and back through mqtt://b:1883")
	one(t, selftest.MQTT{Broker: broker, RoundTrip: answer(0, errors.New("nothing listens at b:1883"))}, selftest.Fail, 0, "mqtt://b:1883: nothing listens at b:1883")
}

func TestWatchdog(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	one(t, selftest.Watchdog{}, selftest.Skipped, 0, "not started by systemd; the daemon's watchdog can be tested in the daemon only")
	one(t, selftest.Watchdog{Socket: socket}, selftest.Fail, 0, "systemd's socket: dial unixgram "+socket+": connect: no such file or directory")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	one(t, selftest.Watchdog{Socket: socket, Interval: 30 * time.Second}, selftest.Pass, 30, "systemd hears")
	one(t, selftest.Watchdog{Socket: socket}, selftest.Warn, 0, "systemd hears, but would wait for ever")
	b := make([]byte, 64)
	n, err := systemd.Read(b)
	if err != nil || string(b[:n]) != "STATUS=self-test" {
		t.Errorf("systemd heard %q (%v)", b[:n], err)
	}
}

func TestSerial(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{nil, "unknown"},
		{map[string]string{"sys/firmware/devicetree/base/serial-number": "1421221012345\x00"}, "1421221012345"},
		{map[string]string{"etc/machine-id": "0123456789abcdef0123456789abcdef\n"}, "m-10c81387b3b4"},
	} {
		if got := selftest.Serial(tree(t, c.files)); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
