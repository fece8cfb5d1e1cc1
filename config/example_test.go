package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/config"
)

func TestExampleIsTheDefault(t *testing.T) {
	got, err := config.Parse("maskwarden.yaml", config.Example(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	camera := config.DefaultCamera()
	camera.Name, camera.Source = "entrance", "v4l2:///dev/video0"
	camera.PrivacyZones = []config.Zone{}
	want.Cameras = []config.Camera{camera}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the example is not the default (-default +example):\n%s", diff)
	}
}

// TestExampleHasEveryKey takes each key out of the example in turn: one that a fault's list of keys names must stand in the file.
func TestExampleHasEveryKey(t *testing.T) {
	text := string(config.Example())
	missing := config.Undocumented(config.Example())
	if len(missing) > 0 {
		t.Errorf("not in maskwarden.yaml: %v", missing)
	}
	cut := strings.Replace(text, "  spool_age: 168h ", "  # spool_age: 168h ", 1)
	if got := config.Undocumented([]byte(cut)); len(got) != 1 || got[0] != "mqtt.spool_age" {
		t.Errorf("without spool_age: %v", got)
	}
}
