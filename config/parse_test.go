package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/config/decode"
)

const camera = "cameras: [{name: a, source: 'synthetic://'}]\n"

func TestParse(t *testing.T) {
	got, err := config.Parse("c.yaml", []byte(`
device: gate-1
log: {level: debug, format: json}
cameras:
  - name: a
    source: rtsp://10.0.0.2/main
    username: viewer
    password_file: /run/credentials/camera
    width: 1280
    height: 720
    fps: 12.5
    rotate: 270
    flip: horizontal
    stall_timeout: 500ms
    privacy_zones: [[0, 0, 0.5, 1], [0.9, 0.9, 1, 1]]
  - {name: b, source: 'file:///srv/clip.mp4', loop: true}
decision:
  # min_votes: 3
classifier: {runtime: tensorflow, delegates: []}
mqtt: {broker: 'mqtts://broker.example', prefix: home/masks}
http: {listen: ""}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Device = "gate-1"
	want.Log = config.Log{Level: "debug", Format: "json"}
	want.Cameras = []config.Camera{{
		Name: "a", Source: "rtsp://10.0.0.2/main", Username: "viewer", PasswordFile: "/run/credentials/camera",
		Width: 1280, Height: 720, FPS: 12.5, Rotate: 270, Flip: config.FlipHorizontal, StallTimeout: config.Duration(500 * time.Millisecond),
		PrivacyZones: []config.Zone{{0, 0, 0.5, 1}, {0.9, 0.9, 1, 1}},
	}, {Name: "b", Source: "file:///srv/clip.mp4", Loop: true, Flip: config.FlipNone, StallTimeout: config.Duration(10 * time.Second)}}
	want.MQTT.Broker, want.MQTT.Prefix = "mqtts://broker.example:8883", "home/masks"
	want.HTTP.Listen = ""
	want.Classifier.Runtime, want.Classifier.Delegates = config.TensorFlow, []config.Delegate{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"empty", "", "c.yaml:1:1: cameras: want one camera or more (got none)"},
		{"comments only", "# nothing\n", "c.yaml:1:1: cameras: want one camera or more (got none)"},
		{"no camera", "cameras: []", "c.yaml:1:10: cameras: want one camera or more (got none)"},
		{"not a mapping", "- a", "c.yaml:1:1: want keys and values (got a list)\nc.yaml:1:1: cameras: want one camera or more (got none)"},
		{"zero byte", camera + `state_dir: "/a\0b"`, `c.yaml:2:12: state_dir: want text without a zero byte (got "/a\x00b")`},
		{"no YAML", "device: [", "c.yaml:1:9: want YAML: sequence end token ']' not found"},
		{"brackets", strings.Repeat("[\n", 100), "c.yaml: want at most 64 brackets open (got more)"},
		{"two documents", camera + "---\n" + camera, "c.yaml: want one YAML document (got another after ---)"},
		{"anchor", camera + "device: &a x", "c.yaml:2:9: device: want the value written out (got a YAML anchor, alias or tag)"},
		{"tag", camera + "device: !!str x", "c.yaml:2:9: device: want the value written out (got a YAML anchor, alias or tag)"},
		{"unknown key", camera + "devise: x", `c.yaml:2:1: devise: unknown key, did you mean "device"?`},
		{"unknown key far off", camera + "log: {color: red}", "c.yaml:2:7: log.color: unknown key, want level or format"},
		{"key twice", camera + "device: a\ndevice: b", "c.yaml:3:1: device: want the key once (got it again)"},
		{"key is a number", camera + "12: a", "c.yaml:2:1: ?: want a key (got the number 12)"},
		{"text for number", camera + "classifier: {threads: two}", `c.yaml:2:23: classifier.threads: want a whole number (got "two")`},
		{"fraction for number", camera + "classifier: {threads: 1.5}", "c.yaml:2:23: classifier.threads: want a whole number (got the number 1.5)"},
		{"huge number", camera + "classifier: {threads: 99999999999999999999}", "c.yaml:2:23: classifier.threads: want a whole number (got \"99999999999999999999\")"},
		{"number for text", camera + "state_dir: 12", "c.yaml:2:12: state_dir: want text (got the number 12: put it in quotes)"},
		{"number for duration", camera + "decision: {half_life: 2}", "c.yaml:2:23: decision.half_life: want a duration such as 500ms, 10s or 168h (got the number 2)"},
		{"yes for true", camera + "mqtt: {discovery: yes}", `c.yaml:2:19: mqtt.discovery: want true or false (got "yes")`},
		{"list for mapping", camera + "mqtt: [a]", "c.yaml:2:7: mqtt: want keys and values (got a list)"},
		{"mapping for list", "cameras: {name: a}", "c.yaml:1:10: cameras: want a list (got keys and values)"},
		{"nothing for text", camera + "device:", "c.yaml:2:9: device: want a name of 1 to 64 letters, digits, - and _ (got nothing)"},
		{"not a number", camera + "faces: {min_score: .nan}", "c.yaml:2:20: faces.min_score: want a number (got not a number)"},
		{"level", camera + "log: {level: warning}", `c.yaml:2:14: log.level: want debug, info, warn or error (got "warning"), did you mean "warn"?`},
		{"level near", camera + "log: {level: inf}", `c.yaml:2:14: log.level: want debug, info, warn or error (got "inf"), did you mean "info"?`},
		{"device", camera + "device: a/b", `c.yaml:2:9: device: want a name of 1 to 64 letters, digits, - and _ (got "a/b")`},
		{"no name", "cameras:\n  - source: synthetic://", "c.yaml:2:11: cameras[0].name: want a name of 1 to 64 letters, digits, - and _ (got nothing)"},
		{"no source", "cameras:\n  - name: a", "c.yaml:2:9: cameras[0].source: want a source such as v4l2:///dev/video0, csi://0, rtsp://host/path, file:///path or synthetic:// (got nothing)"},
		{"same name", "cameras:\n  - {name: a, source: 'csi://0'}\n  - {name: a, source: 'csi://1'}", `c.yaml:3:12: cameras[1].name: want a name that no other camera has (got "a")`},
		{"zone", "cameras:\n  - name: a\n    source: synthetic://\n    privacy_zones: [[0.5, 0, 0.5, 1]]", "c.yaml:4:21: cameras[0].privacy_zones[0]: want [left, upper, right, lower] from 0 to 1, left < right and upper < lower (got [0.5 0 0.5 1])"},
		{"short zone", "cameras:\n  - name: a\n    source: synthetic://\n    privacy_zones: [[0.5, 0, 1]]", "c.yaml:4:21: cameras[0].privacy_zones[0]: want 4 numbers (got 3)"},
		{"width alone", "cameras: [{name: a, source: 'csi://0', width: 640}]", "c.yaml:1:11: cameras[0].height: want both width and height, or neither (got 640 x 0)"},
		{"ca_file without TLS", "cameras: [{name: a, source: 'rtsp://h/', ca_file: /p}]", "c.yaml:1:51: cameras[0].ca_file: want a source with https:// or rtsps:// for it (got \"rtsp://h/\")"},
		{"insecure_tls without TLS", "cameras: [{name: a, source: 'file:///x', insecure_tls: true}]", "c.yaml:1:56: cameras[0].insecure_tls: want a source with https:// or rtsps:// for it (got \"file:///x\")"},
		{"ca_file and insecure_tls", "cameras: [{name: a, source: 'https://h/', ca_file: /p, insecure_tls: true}]", "c.yaml:1:70: cameras[0].insecure_tls: want either ca_file or insecure_tls (got both)"},
		{"a slanting camera", "cameras: [{name: a, source: 'file:///x', rotate: 45}]", "c.yaml:1:50: cameras[0].rotate: want 0, 90, 180 or 270 (got 45)"},
		{"turned backward", "cameras: [{name: a, source: 'file:///x', rotate: -90}]", "c.yaml:1:50: cameras[0].rotate: want 0, 90, 180 or 270 (got -90)"},
		{"another mirror", "cameras: [{name: a, source: 'file:///x', flip: both}]", "c.yaml:1:48: cameras[0].flip: want none, horizontal or vertical (got \"both\")"},
		{"password without user", "cameras: [{name: a, source: 'rtsp://h/', password_file: /p}]", "c.yaml:1:57: cameras[0].password_file: want a username next to it (got none)"},
		{"user for a device", "cameras: [{name: a, source: 'csi://0', username: u}]", `c.yaml:1:50: cameras[0].username: want no username for a source without a host (got "u")`},
		{"stall", "cameras: [{name: a, source: 'csi://0', stall_timeout: 0s}]", "c.yaml:1:55: cameras[0].stall_timeout: want 100ms to 1h0m0s (got 0s)"},
		{"range", camera + "faces: {min_score: 1.5}", "c.yaml:2:20: faces.min_score: want 0.01 to 0.99 (got 1.5)"},
		{"delegate", camera + "classifier: {delegates: [xnnpak]}", `c.yaml:2:26: classifier.delegates[0]: want xnnpack, gpu or the full path of a vendor's plug-in (got "xnnpak"), did you mean "xnnpack"?`},
		{"delegate twice", camera + "classifier: {delegates: [xnnpack, xnnpack]}", `c.yaml:2:35: classifier.delegates[1]: want each delegate once (got "xnnpack")`},
		{"key", camera + "classifier: {trusted_keys: [RWQ]}", `c.yaml:2:29: classifier.trusted_keys[0]: want a minisign public key, 56 characters that begin with RW, as maskwarden pack keygen prints it (got "RWQ")`},
		{"key twice trusted", camera + "classifier: {trusted_keys: [" + config.ShippedKey + ", " + config.ShippedKey + "]}", `c.yaml:2:87: classifier.trusted_keys[1]: want each key once (got "` + config.ShippedKey + `")`},
		{"no key", camera + "classifier: {trusted_keys: []}", "c.yaml:2:28: classifier.trusted_keys: want the public key of a pack's signer (got none)"},
		{"one key", camera + "classifier: {trusted_keys: " + config.ShippedKey + "}", `c.yaml:2:28: classifier.trusted_keys: want a list (got "` + config.ShippedKey + `")`},
		{"model", camera + "classifier: {model: int16}", `c.yaml:2:21: classifier.model: want float32, float16 or int8 (got "int16"), did you mean "int8"?`},
		{"runtime", camera + "classifier: {runtime: tensorflw}", `c.yaml:2:23: classifier.runtime: want tflite or tensorflow (got "tensorflw"), did you mean "tensorflow"?`},
		{"runtime unknown", camera + "classifier: {runtime: onnx}", `c.yaml:2:23: classifier.runtime: want tflite or tensorflow (got "onnx")`},
		{"no runtime", camera + "classifier: {runtime: }", "c.yaml:2:22: classifier.runtime: want tflite or tensorflow (got nothing)"},
		{"int8 on tensorflow", camera + "classifier: {runtime: tensorflow, model: int8}", `c.yaml:2:42: classifier.model: want float32 with the runtime tensorflow, which has no other (got "int8")`},
		{"delegates on tensorflow", camera + "classifier: {runtime: tensorflow, delegates: [xnnpack, gpu, /opt/npu.so]}", `
c.yaml:2:56: classifier.delegates[1]: want nothing but the default with the runtime tensorflow, which finds its devices itself (got "gpu")
c.yaml:2:61: classifier.delegates[2]: want nothing but the default with the runtime tensorflow, which finds its devices itself (got "/opt/npu.so")`},
		{"key without certificate", camera + "mqtt: {broker: 'mqtts://h', key_file: k}", "c.yaml:2:7: mqtt.cert_file: want the certificate of key_file (got nothing)"},
		{"authority without TLS", camera + "mqtt: {broker: 'mqtt://h', ca_file: c}", `c.yaml:2:37: mqtt.ca_file: want a broker address with mqtts:// or wss:// for it (got "mqtt://h:1883")`},
		{"topic", camera + "mqtt: {prefix: 'a/#'}", `c.yaml:2:16: mqtt.prefix: want a topic such as home/maskwarden, without +, #, $ and spaces (got "a/#")`},
		{"listen everywhere unsaid", camera + "http: {listen: ':80'}", `c.yaml:2:16: http.listen: want an IP address and a port such as 127.0.0.1:8080, or 0.0.0.0:8080 for every interface (got ":80")`},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused(t, c.yaml, nil, c.want)
		})
	}
}

func TestParseReturnsEveryFault(t *testing.T) {
	refused(t, `
decision: {min_votes: 0, confidence: high}
cameras:
  - {nam: a, source: 'rstp://h/'}
http: {listen: 8080}
`, []string{"MASKWARDEN_LOG_LEVEL=loud"}, `
c.yaml:2:23: decision.min_votes: want 1 to 1000 (got 0)
c.yaml:2:38: decision.confidence: want a number (got "high")
c.yaml:4:5: cameras[0].name: want a name of 1 to 64 letters, digits, - and _ (got nothing)
c.yaml:4:6: cameras[0].nam: unknown key, did you mean "name"?
c.yaml:4:22: cameras[0].source: want a source that begins with v4l2, csi, rtsp, rtsps, http, https, file or synthetic (got rstp://), did you mean "rtsp"?
c.yaml:5:16: http.listen: want an IP address and a port such as 127.0.0.1:8080, or 0.0.0.0:8080 for every interface (got the number 8080: put it in quotes)
environment: MASKWARDEN_LOG_LEVEL: want debug, info, warn or error (got "loud")`)
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(camera), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MASKWARDEN_DEVICE", "gate")
	got, err := config.Load(path)
	if err != nil || got.Device != "gate" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = config.Load(path + "x")
	if want := "configuration: open " + path + "x: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("#", 1<<16+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = config.Load(path)
	if want := path + ": want at most 65536 bytes (got more)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestLoadOptional(t *testing.T) {
	t.Setenv("MASKWARDEN_ASSETS_DIR", "/opt/assets")
	want := config.Default()
	want.AssetsDir = "/opt/assets"
	got, err := config.LoadOptional("")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s\n%v", diff, err)
	}
	t.Setenv("MASKWARDEN_CLASSIFIER_THREADS", "0")
	got, err = config.LoadOptional("")
	refusedAs(t, got, err, "environment: MASKWARDEN_CLASSIFIER_THREADS: want 1 to 64 (got 0)")
	_, err = config.LoadOptional("/nowhere")
	equal(t, "/nowhere", err, "configuration: open /nowhere: no such file or directory")
}

// refused fails the test unless the errors are exactly the lines wanted.
func refused(t *testing.T, yaml string, environ []string, want string) {
	t.Helper()
	got, err := config.Parse("c.yaml", []byte(yaml), environ)
	refusedAs(t, got, err, want)
}

func refusedAs(t *testing.T, got *config.Config, err error, want string) {
	t.Helper()
	if got != nil || err == nil {
		t.Fatalf("accepted: %+v; want %s", got, want)
	}
	if _, ok := errors.AsType[decode.Errors](err); !ok {
		t.Errorf("the error is a %T", err)
	}
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestByteOrderMark: some editors begin a text with one.
func TestByteOrderMark(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("\xef\xbb\xbfdevice: ward-3\ncameras: [{name: a, source: 'synthetic://'}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file)
	if err != nil || c.Device != "ward-3" {
		t.Errorf("device %v: %v", c, err)
	}
}

// TestSocketPathThatIsTooLong is found before the daemon makes the socket.
func TestSocketPathThatIsTooLong(t *testing.T) {
	long := "/" + strings.Repeat("x", 100)
	for _, c := range []struct{ yaml, want string }{
		{"control: {socket: " + long + ".sock}", "control.socket: want a path of 103 bytes at most, for the control socket (got 106 bytes: " + long + ".sock)"},
		{"control: {socket: '@a'}", "control.socket: want a path of 103 bytes at most, for the control socket (got @a)"},
		{"state_dir: " + long, "state_dir: want a shorter path, or control.socket next to it: a path of 103 bytes at most, for the control socket (got 114 bytes: " + long + "/control.sock)"},
	} {
		_, err := config.Parse("c.yaml", []byte("cameras: [{name: a, source: 'synthetic://'}]\n"+c.yaml), nil)
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}
