//go:build faults

package daemon_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/selftest"
)

// meant says which check is there to catch which fault.
func meant() map[string]string {
	return map[string]string{
		"flip_weights":       "model_answers",
		"swap_labels":        "model_answers",
		"break_delegate":     "delegate",
		"lose_delegate":      "delegate",
		"learn_answers":      "patch_none_correct",
		"forget_light":       "model_answers",
		"pass_unmasked":      "patch_none_correct",
		"turn_aside":         "patch_kind",
		"weak_in_dark":       "model_dim",
		"stop_smoothing":     "smoothing",
		"blind_detector":     "detector",
		"alter_model_file":   "pack_hash",
		"alter_pack":         "pack_signature",
		"alter_patch":        "patch_accuracy",
		"stop_masking":       "certified",
		"shift_masks":        "certified",
		"other_fill":         "certified",
		"late_masks":         "certified",
		"numb_squeezers":     "squeezing",
		"raise_threshold":    "squeezing",
		"forge_certificates": "patch_detected",
		"forget_strangers":   "patch_live",
		"lose_camera":        "camera_opens:door",
		"slow_camera":        "camera_fps:door",
		"freeze_camera":      "camera_frozen:door",
		"darken_camera":      "camera_dark:door",
		"blur_camera":        "camera_blurred:door",
		"block_camera":       "camera_blocked:door",
		"move_camera":        "camera_moved:door",
		"turn_camera":        "camera_upright:door",
		"jump_clock":         "clock",
		"fill_disk":          "disk",
		"fill_memory":        "memory",
		"overheat":           "temperature",
		"throttle":           "throttling",
		"alter_spool":        "spool",
		"break_broker":       "mqtt",
		"deaf_watchdog":      "watchdog",
	}
}

// family are the checks that look at what a fault alters, with all others of its kind.
func family(fault string) []string {
	defense := []string{"certified", "squeezing", "patch_detected"}
	unit := []string{"clock", "disk", "memory", "temperature", "throttling", "spool", "mqtt", "watchdog"}
	switch check := meant()[fault]; {
	case slices.Contains(unit, check):
		return unit
	case check == "patch_live":
		return []string{"patch_accuracy", "patch_live"}
	case slices.Contains(defense, check):
		return defense
	case strings.HasPrefix(check, "camera_"):
		return []string{"camera_*"}
	default:
		return []string{"pack_*", "model_*", "smoothing", "delegate", "detector", "patch_*"}
	}
}

// TestFaultTable gives a sound unit one fault after the other; the check that is meant to must notice each.
func TestFaultTable(t *testing.T) {
	if got, want := daemon.Faults(), slices.Sorted(maps.Keys(meant())); !slices.Equal(got, want) {
		t.Fatalf("faults %v, but %v have a check", got, want)
	}
	socket := filepath.Join(t.TempDir(), "notify.sock")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "30000000")
	yaml := fmt.Sprintf("device: cam-7\nstate_dir: %q\nmqtt: {broker: %q}\ncameras: [{name: door, source: \"synthetic://?people=1&width=480&height=270\", stall_timeout: 5s}]\n",
		t.TempDir(), "mqtt://"+mosquitto(t))

	sound := inspect(t, yaml, "", selftest.Options{Seed: 1, Draws: 1, Remember: true})
	before := map[string]string{}
	for _, r := range sound {
		before[r.Name] = r.Result
		if r.Result == selftest.Fail {
			t.Errorf("without a fault, %s fails: %s", r.Name, r.Detail)
		}
	}
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tmeant to notice\tresult\twhat it says\tothers that notice")
	for _, fault := range daemon.Faults() {
		check := meant()[fault]
		var found selftest.Result
		var others []string
		for _, r := range inspect(t, yaml, fault, selftest.Options{Seed: 1, Draws: 1, Only: family(fault)}) {
			notices := r.Result != before[r.Name] && (r.Result == selftest.Fail || r.Result == selftest.Warn)
			switch {
			case r.Name == check:
				found = r
				if !notices {
					t.Errorf("%s: %s does not notice: %+v", fault, check, r)
				}
			case notices:
				others = append(others, r.Name)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.70s\t%s\n", fault, check, found.Result, found.Detail, strings.Join(others, " "))
	}
	_ = w.Flush()
	t.Logf("%d faults:\n%s", len(meant()), &text)
}

// inspect runs the whole self-test of a unit with a fault.
func inspect(t *testing.T, yaml, fault string, options selftest.Options) []selftest.Result {
	t.Helper()
	t.Setenv("MASKWARDEN_FAULT", fault)
	i := &daemon.Inspection{Config: configure(t, yaml), Version: "test", Options: options, Logger: slog.New(slog.DiscardHandler)}
	if err := i.Initialize(); err != nil {
		t.Fatalf("%s: %v", fault, err)
	}
	r, err := i.Run(t.Context(), nil, nil)
	if err != nil {
		t.Fatalf("%s: %v", fault, err)
	}
	if err := i.Close(); err != nil {
		t.Errorf("%s: %v", fault, err)
	}
	return r.Checks
}

// TestUnknownFault refuses a fault that nobody knows, so that a table with a slip of the pen proves nothing by accident.
func TestUnknownFault(t *testing.T) {
	t.Setenv("MASKWARDEN_FAULT", "toothache")
	i := &daemon.Inspection{Config: configure(t, "cameras: [{name: door, source: \"synthetic://\"}]"), Logger: slog.New(slog.DiscardHandler)}
	if err := i.Initialize(); err == nil || !strings.Contains(err.Error(), "MASKWARDEN_FAULT=toothache: want one of [alter_model_file ") {
		t.Errorf("got %v", err)
	}
}

// mosquitto starts a broker and returns its address.
func mosquitto(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(addr)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(conf, []byte("user root\npersistence false\nlog_type error\nallow_anonymous true\nlistener "+port+" 127.0.0.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto"
	}
	broker := exec.Command(path, "-c", conf)
	if err := broker.Start(); err != nil {
		t.Fatalf("%v: run `make setup`", err)
	}
	t.Cleanup(func() { _ = broker.Process.Kill(); _ = broker.Wait() })
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return addr
		}
	}
	t.Fatal("mosquitto does not answer")
	return ""
}
