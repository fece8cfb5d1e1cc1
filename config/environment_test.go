package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/config"
)

func TestEnvironmentWins(t *testing.T) {
	got, err := config.Parse("c.yaml", []byte(camera+"log: {level: loud}"), []string{
		"HOME=/root", "MASKWARDEN_CONFIG=c.yaml",
		"MASKWARDEN_SERVICE_HOST=10.0.0.1", "MASKWARDEN_PORT=tcp://10.0.0.1:80", "MASKWARDEN_PORT_80_TCP=x", // Kubernetes
		"MASKWARDEN_CAMERAS_10_NAME=k", "MASKWARDEN_CAMERAS_10_SOURCE=csi://1",
		"MASKWARDEN_CAMERAS_0_SOURCE=csi://0",
		"MASKWARDEN_CAMERAS_0_PRIVACY_ZONES=[[0, 0, 1, 0.5]]",
		"MASKWARDEN_CAMERAS_0_FPS=7.5",
		"MASKWARDEN_CLASSIFIER_DELEGATES=[]",
		"MASKWARDEN_CLASSIFIER_THREADS=4",
		"MASKWARDEN_LOG_LEVEL=debug",
		"MASKWARDEN_MQTT_DISCOVERY=false",
		"MASKWARDEN_MQTT_BROKER=mqtt://h=1",
	})
	refusedAs(t, got, err, `
c.yaml:2:14: log.level: want debug, info, warn or error (got "loud")
environment: MASKWARDEN_CAMERAS_10_NAME: want an index up to 1 (got 10)
environment: MASKWARDEN_CAMERAS_10_SOURCE: want an index up to 1 (got 10)`)

	got, err = config.Parse("c.yaml", []byte(camera), []string{
		"MASKWARDEN_CAMERAS_1_SOURCE=csi://1", "MASKWARDEN_CAMERAS_1_NAME=b",
		"MASKWARDEN_CAMERAS_0_PRIVACY_ZONES=[[0, 0, 1, 0.5]]",
		"MASKWARDEN_CAMERAS_0_FPS=7.5",
		"MASKWARDEN_CLASSIFIER_DELEGATES=[]",
		"MASKWARDEN_CLASSIFIER_THREADS=4",
		"MASKWARDEN_MQTT_DISCOVERY=false",
		"MASKWARDEN_CLASSIFIER_TRUSTED_KEYS=[RWTAI2pkexWNGx+KEhLiqdGQPjNaduF9pXZZH0kddNSCtTJXcDi58ng3]",
		"MASKWARDEN_CLASSIFIER_MODEL=int8",
		"MASKWARDEN_MQTT_BROKER=",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	a, b := config.DefaultCamera(), config.DefaultCamera()
	a.Name, a.Source, a.FPS, a.PrivacyZones = "a", "synthetic://", 7.5, []config.Zone{{0, 0, 1, 0.5}}
	b.Name, b.Source = "b", "csi://1"
	want.Cameras = []config.Camera{a, b}
	want.Classifier.Delegates, want.Classifier.Threads = []config.Delegate{}, 4
	want.Classifier.TrustedKeys = []config.Key{"RWTAI2pkexWNGx+KEhLiqdGQPjNaduF9pXZZH0kddNSCtTJXcDi58ng3"}
	want.Classifier.Model = "int8"
	want.MQTT.Discovery = false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnvironmentRefuses(t *testing.T) {
	for _, c := range []struct{ entry, want string }{
		{"MASKWARDEN_MQTT_BROKR=x", `environment: MASKWARDEN_MQTT_BROKR: unknown key, did you mean "MASKWARDEN_MQTT_BROKER"?`},
		{"MASKWARDEN_MQTT_PASSWORD=x", `environment: MASKWARDEN_MQTT_PASSWORD: unknown key, did you mean "MASKWARDEN_MQTT_PASSWORD_FILE"?`},
		{"MASKWARDEN_CAMERAS_0_SOURCES=x", `environment: MASKWARDEN_CAMERAS_0_SOURCES: unknown key, did you mean "MASKWARDEN_CAMERAS_0_SOURCE"?`},
		{"MASKWARDEN_XYZ=1", "environment: MASKWARDEN_XYZ: unknown key"},
		{"MASKWARDEN_=1", "environment: MASKWARDEN_: unknown key"},
		{"MASKWARDEN_CLASSIFIER_THREADS=two", `environment: MASKWARDEN_CLASSIFIER_THREADS: want a whole number (got "two")`},
		{"MASKWARDEN_CLASSIFIER_THREADS=0", "environment: MASKWARDEN_CLASSIFIER_THREADS: want 1 to 64 (got 0)"},
		{"MASKWARDEN_FACES_MIN_SCORE=NaN", "environment: MASKWARDEN_FACES_MIN_SCORE: want 0.01 to 0.99 (got NaN)"},
		{"MASKWARDEN_MQTT_DISCOVERY=yes", `environment: MASKWARDEN_MQTT_DISCOVERY: want true or false (got "yes")`},
		{"MASKWARDEN_MQTT_BROKER=mqtt://u:secret@h", "environment: MASKWARDEN_MQTT_BROKER: want no user or password in the address: set username and password_file next to it (got both or one in it)"},
		{"MASKWARDEN_CAMERAS_1_NAME=b", "environment: MASKWARDEN_CAMERAS_1_NAME: cameras[1].source: want a source such as v4l2:///dev/video0, csi://0, rtsp://host/path, file:///path or synthetic:// (got nothing)"},
		{"MASKWARDEN_CAMERAS_0_NAME=", `environment: MASKWARDEN_CAMERAS_0_NAME: want a name of 1 to 64 letters, digits, - and _ (got "")`},
		{"MASKWARDEN_CAMERAS=[{name: a}", `environment: MASKWARDEN_CAMERAS: want a list as YAML (got "[{name: a}")`},
		{"MASKWARDEN_CAMERAS=a", `environment: MASKWARDEN_CAMERAS: want a list (got "a")`},
		{"MASKWARDEN_CAMERAS=", "environment: MASKWARDEN_CAMERAS: want a list (got nothing)"},
		{"MASKWARDEN_CAMERAS=[{name: a, fps: 900, source: 'csi://0'}]", "environment: MASKWARDEN_CAMERAS: cameras[0].fps: want 0 to 240 (got 900)"},
	} {
		got, err := config.Parse("c.yaml", []byte(camera), []string{c.entry})
		refusedAs(t, got, err, c.want)
	}
}
