package config_test

import (
	"errors"
	"testing"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/config/decode"
)

// FuzzParse wants a configuration or a list of errors from any bytes, and no panic.
func FuzzParse(f *testing.F) {
	f.Add(config.Example(), "MASKWARDEN_LOG_LEVEL=debug")
	f.Add([]byte(camera+"mqtt: {broker: 'mqtt://u:p@h'}"), "MASKWARDEN_CAMERAS_1={name: b}")
	f.Add([]byte("a: &a [*a, *a]\n<<: *a\n--- !!x |\n ..."), "MASKWARDEN_CAMERAS_0_PRIVACY_ZONES_0_1=[")
	f.Fuzz(func(t *testing.T, data []byte, entry string) {
		c, err := config.Parse("c.yaml", data, []string{entry})
		faults, _ := errors.AsType[decode.Errors](err)
		if (c == nil) == (len(faults) == 0) {
			t.Fatalf("got %+v and %v", c, err)
		}
		for _, e := range faults {
			if e.Message == "" || e.File == "" {
				t.Errorf("fault %+v says nothing", e)
			}
		}
	})
}
