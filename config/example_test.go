package config_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
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

// TestExampleHasEveryKey reads the example with another decoder, to which a key that is a comment does not exist.
func TestExampleHasEveryKey(t *testing.T) {
	if missing := undocumented(t, config.Example()); len(missing) > 0 {
		t.Errorf("not in maskwarden.yaml: %v", missing)
	}
	cut := strings.Replace(string(config.Example()), "  spool_age: 168h ", "  # spool_age: 168h ", 1)
	if got := undocumented(t, []byte(cut)); len(got) != 1 || got[0] != "mqtt.spool_age" {
		t.Errorf("without spool_age: %v", got)
	}
}

// undocumented returns the keys of a Config that a text does not set.
func undocumented(t *testing.T, text []byte) []string {
	t.Helper()
	var set map[string]any
	if err := yaml.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	return missing(reflect.TypeFor[config.Config](), set, "")
}

func missing(section reflect.Type, set map[string]any, path string) (keys []string) {
	for field := range section.Fields() {
		name, typ := field.Tag.Get("yaml"), field.Type
		value, ok := set[name]
		if !ok {
			keys = append(keys, path+name)
			continue
		}
		if list, ok := value.([]any); ok && len(list) > 0 && typ.Elem().Kind() == reflect.Struct {
			value, typ = list[0], typ.Elem()
		}
		if inner, ok := value.(map[string]any); ok {
			keys = append(keys, missing(typ, inner, path+name+".")...)
		}
	}
	return keys
}
