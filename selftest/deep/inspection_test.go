//go:build tensorflow

package deep_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/selftest"
)

// A self-test of a whole unit runs the deep checks with --deep only, and reports the version of TensorFlow.
func TestInspection(t *testing.T) {
	assets, err := filepath.Abs("../../share/maskwarden")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("test", fmt.Appendf(nil, "assets_dir: %s\nstate_dir: %q\ncameras: [{name: door, source: \"synthetic://\"}]\n", assets, t.TempDir()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, deep := range []bool{false, true} {
		options := selftest.Options{Deep: deep, Seed: 1}
		if deep {
			options.Only = []string{"deep_runtime", "deep_fgsm"}
		}
		i := &daemon.Inspection{Config: c, Version: "test", Options: options, Logger: slog.New(slog.DiscardHandler)}
		if err := i.Initialize(); err != nil {
			t.Fatal(err)
		}
		version := i.Unit().Versions["tensorflow"]
		if deep != strings.HasPrefix(version, "2.") || deep != slices.Contains(i.Checks(), "deep_runtime") {
			t.Errorf("deep %t: TensorFlow %q, checks %q", deep, version, i.Checks())
		}
		if deep {
			r, err := i.Run(t.Context(), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Result != selftest.Pass {
				t.Errorf("got %+v", r.Checks)
			}
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
}
