package host_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/disktest"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/host"
)

const broker = "mqtt://b:1883"

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

// run runs a check.
func run(t *testing.T, c selftest.Check) selftest.Result {
	t.Helper()
	return selftest.Run(t.Context(), 1, []selftest.Check{c})[0]
}

// one runs a check and compares result, value and detail.
func one(t *testing.T, c selftest.Check, result string, value float64, detail string) {
	t.Helper()
	r := run(t, c)
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
		{nil, selftest.Skipped, "this machine reports no temperature", 0},
		{map[string]string{zone + "0/temp": "\n"}, selftest.Skipped, "this machine reports no temperature", 0},
		{map[string]string{zone + "0/temp": "45200\n", zone + "0/type": "CPU\n", zone + "1/temp": "61000\n", zone + "1/type": "GPU\n"}, selftest.Pass, "GPU", 61},
		{map[string]string{zone + "0/temp": "80000\n", zone + "0/type": "CPU\n"}, selftest.Pass, "CPU", 80},
		{map[string]string{zone + "0/temp": "81000\n", zone + "0/type": "CPU\n"}, selftest.Warn, "CPU", 81},
		{map[string]string{zone + "0/temp": "95000\n", zone + "0/type": "CPU\n"}, selftest.Warn, "CPU", 95},
		{map[string]string{zone + "0/temp": "96000\n", zone + "0/type": "CPU\n"}, selftest.Fail, "CPU", 96},
		{map[string]string{
			zone + "0/temp": "55000\n", zone + "0/type": "SoC\n", zone + "0/trip_point_0_type": "critical\n", zone + "0/trip_point_0_temp": "70000\n",
		}, selftest.Pass, "SoC", 55},
		{map[string]string{
			zone + "0/temp": "56000\n", zone + "0/type": "SoC\n", zone + "0/trip_point_0_type": "critical\n", zone + "0/trip_point_0_temp": "70000\n",
		}, selftest.Warn, "SoC", 56},
		{map[string]string{
			zone + "0/temp": "71000\n", zone + "0/type": "SoC\n", zone + "0/trip_point_0_type": "critical\n", zone + "0/trip_point_0_temp": "70000\n",
			zone + "1/temp": "79000\n", zone + "1/type": "CPU\n",
		}, selftest.Fail, "SoC", 71},
	} {
		one(t, host.Temperature(&host.Host{Sys: tree(t, c.files)}), c.result, c.value, c.detail)
	}
}

func TestThrottling(t *testing.T) {
	const cpu = "devices/system/cpu/cpu"
	one(t, host.Throttling(&host.Host{Sys: tree(t, nil)}), selftest.Skipped, 0, "this machine does not report how fast its processors may run")
	one(t, host.Throttling(&host.Host{Sys: tree(t, map[string]string{
		cpu + "0/cpufreq/cpuinfo_max_freq": "1479000\n", cpu + "0/cpufreq/scaling_max_freq": "1479000\n",
	})}), selftest.Pass, 1, "cpu0 may run at 1479 of 1479 MHz")
	one(t, host.Throttling(&host.Host{Sys: tree(t, map[string]string{
		cpu + "0/cpufreq/cpuinfo_max_freq": "2000000\n", cpu + "0/cpufreq/scaling_max_freq": "1800000\n",
	})}), selftest.Pass, 0.9, "cpu0 may run at 1800 of 2000 MHz")
	one(t, host.Throttling(&host.Host{Sys: tree(t, map[string]string{
		cpu + "0/cpufreq/cpuinfo_max_freq": "2000000\n", cpu + "0/cpufreq/scaling_max_freq": "1790000\n",
	})}), selftest.Warn, 0.895, "cpu0 may run at 1790 of 2000 MHz")
	one(t, host.Throttling(&host.Host{Sys: tree(t, map[string]string{
		cpu + "0/cpufreq/cpuinfo_max_freq": "1479000\n", cpu + "0/cpufreq/scaling_max_freq": "1479000\n",
		cpu + "1/cpufreq/cpuinfo_max_freq": "2000000\n", cpu + "1/cpufreq/scaling_max_freq": "1000000\n",
	})}), selftest.Warn, 0.5, "cpu1 may run at 1000 of 2000 MHz")
}

func TestMemory(t *testing.T) {
	info := func(kb string) string {
		return tree(t, map[string]string{"meminfo": "MemAvailable:   " + kb + " kB\n"})
	}
	one(t, host.Memory(&host.Host{Proc: info("512000")}), selftest.Pass, 500, "")
	one(t, host.Memory(&host.Host{Proc: info("98304")}), selftest.Pass, 96, "")
	one(t, host.Memory(&host.Host{Proc: info("97280")}), selftest.Warn, 95, "")
	one(t, host.Memory(&host.Host{Proc: info("49152")}), selftest.Warn, 48, "")
	one(t, host.Memory(&host.Host{Proc: info("48128")}), selftest.Fail, 47, "")
	one(t, host.Memory(&host.Host{Proc: info("20480")}), selftest.Fail, 20, "")
	one(t, host.Memory(&host.Host{Proc: "/nowhere"}), selftest.Fail, 0, `could not read "/nowhere": stat /nowhere: no such file or directory`)
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "not/yet")
	r := run(t, host.Disk(&host.Host{StateDir: below, MinDisk: 1}))
	if r.Result != selftest.Pass || r.Value <= 0 || r.Detail != "in "+dir {
		t.Errorf("got %+v", r)
	}
	if r = run(t, host.Disk(&host.Host{StateDir: below})); r.Limit != 64 && r.Limit != 128 {
		t.Errorf("got %+v, want the default limit of 64 MiB", r)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if r = run(t, host.Disk(&host.Host{StateDir: file + "/state"})); r.Result != selftest.Fail || r.Detail != file+"/state: not a directory" {
		t.Errorf("got %+v", r)
	}
	free := uint64(run(t, host.Disk(&host.Host{StateDir: below})).Value) << 20
	for _, c := range []struct {
		min    uint64
		result string
	}{{free / 4, selftest.Pass}, {free / 3 * 2, selftest.Warn}, {2 * free, selftest.Fail}, {1 << 62, selftest.Fail}} {
		if r = run(t, host.Disk(&host.Host{StateDir: below, MinDisk: c.min})); r.Result != c.result || r.Bound != selftest.AtLeast {
			t.Errorf("at least %d of %d bytes: got %+v, want %s", c.min, free, r, c.result)
		}
	}
}

func TestClock(t *testing.T) {
	if r := run(t, host.Clock(&host.Host{Now: time.Now})); r.Result != selftest.Pass || r.Bound != selftest.AtMost || r.Limit != 0.02 {
		t.Errorf("got %+v", r)
	}
	for _, c := range []struct {
		jump   time.Duration
		result string
	}{
		{-time.Minute, selftest.Fail}, {time.Minute, selftest.Fail}, {40 * time.Millisecond, selftest.Fail}, {2 * time.Millisecond, selftest.Pass},
	} {
		read := 0
		now := func() time.Time { read++; return time.Now().Add(time.Duration(read-1) * c.jump) }
		r := run(t, host.Clock(&host.Host{Now: now}))
		if r.Result != c.result || math.Abs(r.Value-c.jump.Abs().Seconds()) > 0.015 || (c.result == selftest.Fail) != strings.HasPrefix(r.Detail, "the wall clock jumped by ") {
			t.Errorf("%v: got %+v, want %s", c.jump, r, c.result)
		}
	}
	made := time.Now().Add(24 * time.Hour)
	want := "it says " + time.Now().UTC().Format(time.DateOnly) + ", but the model pack is from " + made.UTC().Format(time.DateOnly)
	if r := run(t, host.Clock(&host.Host{Now: time.Now, PackTime: made})); r.Result != selftest.Fail || r.Detail != want || r.Finding() != want {
		t.Errorf("got %+v, want %q", r, want)
	}
	if r := run(t, host.Clock(&host.Host{Now: time.Now, PackTime: time.Now().Add(-time.Hour)})); r.Result != selftest.Pass {
		t.Errorf("got %+v", r)
	}
}

func TestSpool(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	one(t, host.Spool(&host.Host{}), selftest.Skipped, 0, "no broker is configured, so no event is kept for one")
	one(t, host.Spool(&host.Host{Broker: broker, StateDir: dir, Outbox: host.OpenOutbox}), selftest.Pass, 0, "written, read and deleted in "+dir)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
	one(t, host.Spool(&host.Host{Broker: broker, StateDir: "/proc/nowhere", Outbox: host.OpenOutbox}), selftest.Fail, 0, "state_dir: mkdir /proc/nowhere: no such file or directory")
}

// refusing is an outbox on a disk that takes nothing.
type refusing struct {
	host.Outbox
	dir string
}

func (r refusing) Flush() error { return fmt.Errorf("write %s/1.log: no space left on device", r.dir) }

// TestSpoolNamesItsFolder: by its name in state_dir, not by the descriptor through which it is reached.
func TestSpoolNamesItsFolder(t *testing.T) {
	dir := t.TempDir()
	r := run(t, host.Spool(&host.Host{Broker: broker, StateDir: dir, Outbox: func(dir string) host.Outbox { return refusing{host.OpenOutbox(dir), dir} }}))
	if r.Result != selftest.Fail || !strings.HasPrefix(r.Detail, "write "+filepath.Join(dir, "selftest-")) || !strings.HasSuffix(r.Detail, "/1.log: no space left on device") {
		t.Errorf("got %+v", r)
	}
}

// TestSpoolOnAFrozenDisk: the check says so and ends, once for each time that it runs, until the disk answers.
func TestSpoolOnAFrozenDisk(t *testing.T) {
	dir := t.TempDir()
	if !disktest.Mount(t, dir) {
		t.Log("only root can mount a file system: not tried")
		return
	}
	h := &host.Host{Broker: broker, StateDir: dir, Outbox: host.OpenOutbox, DiskLimit: 200 * time.Millisecond}
	check := host.Spool(h)
	thaw := disktest.Freeze(t, dir)
	for range 2 {
		one(t, check, selftest.Fail, 0, "state_dir: the disk does not answer")
	}
	thaw()
	h.DiskLimit = time.Minute
	for end := time.Now().Add(time.Minute); run(t, check).Result != selftest.Pass; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it fails although the disk answers")
		}
	}
}

// TestSpoolSweeps finds what self-tests have left that were killed: it goes, whatever links lie there.
func TestSpoolSweeps(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	kept := filepath.Join(elsewhere, "kept")
	old := time.Now().Add(-2 * time.Hour)
	for _, path := range []string{filepath.Join(dir, "selftest-old", "outbox", "1.log"), filepath.Join(dir, "selftest-young", "1.log"), filepath.Join(dir, "unit.key"), kept} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(
		os.Symlink(elsewhere, filepath.Join(dir, "selftest-link")), os.Symlink(elsewhere, filepath.Join(dir, "selftest-old", "link")),
		os.WriteFile(filepath.Join(dir, "selftest-file"), nil, 0o600),
	)
	for _, name := range []string{"selftest-old", "selftest-file", "unit.key"} {
		err = errors.Join(err, os.Chtimes(filepath.Join(dir, name), old, old))
	}
	if err = errors.Join(err, os.Chtimes(elsewhere, old, old)); err != nil {
		t.Fatal(err)
	}
	one(t, host.Spool(&host.Host{Broker: broker, StateDir: dir, Outbox: host.OpenOutbox}), selftest.Pass, 0, "written, read and deleted in "+dir)
	var left []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"selftest-file", "selftest-link", "selftest-young", "unit.key"}; err != nil || !slices.Equal(left, want) {
		t.Errorf("left %q, want %q (%v)", left, want, err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

func TestMQTT(t *testing.T) {
	answer := func(took time.Duration, err error) func(context.Context) (time.Duration, error) {
		return func(context.Context) (time.Duration, error) { return took, err }
	}
	one(t, host.MQTT(&host.Host{}), selftest.Skipped, 0, "no broker is configured")
	one(t, host.MQTT(&host.Host{Broker: broker, RoundTrip: answer(12*time.Millisecond, nil)}), selftest.Pass, 0.012, "through mqtt://b:1883")
	one(t, host.MQTT(&host.Host{Broker: broker, RoundTrip: answer(2*time.Second, nil)}), selftest.Pass, 2, "through mqtt://b:1883")
	one(t, host.MQTT(&host.Host{Broker: broker, RoundTrip: answer(2100*time.Millisecond, nil)}), selftest.Warn, 2.1, "through mqtt://b:1883")
	one(t, host.MQTT(&host.Host{Broker: broker, RoundTrip: answer(0, errors.New("nothing listens at b:1883"))}), selftest.Fail, 0, "mqtt://b:1883: nothing listens at b:1883")
}

// TestMQTTOfADaemon asks the broker only while the daemon reaches it.
func TestMQTTOfADaemon(t *testing.T) {
	asked, connected := 0, false
	check := host.MQTT(&host.Host{
		Broker: broker, Connected: func() bool { return connected },
		RoundTrip: func(context.Context) (time.Duration, error) { asked++; return time.Millisecond, nil },
	})
	if r := run(t, check); r.Result != selftest.Skipped || r.NotApplicable || r.Detail != "the daemon does not reach the broker: its state says why" || asked != 0 {
		t.Errorf("got %+v after %d questions", r, asked)
	}
	connected = true
	if r := run(t, check); r.Result != selftest.Pass || asked != 1 {
		t.Errorf("got %+v after %d questions", r, asked)
	}
}

func TestWatchdog(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	one(t, host.Watchdog(&host.Host{}), selftest.Skipped, 0, "not started by systemd; the daemon's watchdog can be tested in the daemon only")
	one(t, host.Watchdog(&host.Host{Socket: socket}), selftest.Fail, 0, "systemd's socket: dial unixgram "+socket+": connect: no such file or directory")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	one(t, host.Watchdog(&host.Host{Socket: socket, Interval: 30 * time.Second}), selftest.Pass, 30, "systemd receives the daemon's messages")
	one(t, host.Watchdog(&host.Host{Socket: socket}), selftest.Warn, 0, "systemd has no watchdog for the daemon, and would wait for ever")
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
		if got := host.Serial(tree(t, c.files)); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestClockSet(t *testing.T) {
	made := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	held := (&host.Host{Now: time.Now, Sys: t.TempDir()}).ClockSet() // as the kernel of this machine says
	for _, c := range []struct {
		name, chip string
		now        time.Time
		want       bool
	}{
		{"before the pack", "1900000000", made.Add(-time.Hour), false},
		{"a chip with a battery", "1900000000", made.Add(time.Hour), true},
		{"a chip that lost its time", "86400", made.Add(time.Hour), held},
		{"a chip that cannot be read", "text", made.Add(time.Hour), held},
		{"no chip", "", made.Add(time.Hour), held},
	} {
		files := map[string]string{}
		if c.chip != "" {
			files["class/rtc/rtc0/since_epoch"] = c.chip + "\n"
		}
		sys := tree(t, files)
		h := &host.Host{Now: func() time.Time { return c.now }, PackTime: made, Sys: sys}
		if got := h.ClockSet(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
