//go:build tensorflow

package daemon

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// tensorflowed is a configuration with a runtime, the assets of the checkout, and TensorFlow Lite's library where it is said to be.
func tensorflowed(t *testing.T, runtime config.Runtime, library string) *config.Config {
	t.Helper()
	yaml := fmt.Sprintf("assets_dir: ../share/maskwarden\nstate_dir: %q\nclassifier: {runtime: %s, library: %q}\ncameras: [{name: door, source: \"synthetic://\"}]\n",
		t.TempDir(), runtime, library)
	c, err := config.Parse("test", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSelfTestOfTensorFlow asks the known answers of the runtime in use, and compares it with TensorFlow Lite where that is there.
func TestSelfTestOfTensorFlow(t *testing.T) {
	const library = "libtensorflowlite.so"
	nowhere := filepath.Join(t.TempDir(), library)
	backend := fmt.Sprintf("tensorflow %s cpu x2", savedmodel.Version())
	for _, c := range []struct{ library, delegate, detail string }{
		{library, selftest.Pass, backend + " agrees with TensorFlow Lite on the CPU on 32 pictures"},
		{nowhere, selftest.Skipped, "no TensorFlow Lite to compare TensorFlow with: classifier.library: " + nowhere + " is not there"},
		{"nowhere.so", selftest.Skipped, "no TensorFlow Lite to compare TensorFlow with: classifier.library: asset nowhere.so: in none of [../share/maskwarden]: " +
			"run `make setup`, or set assets_dir (MASKWARDEN_ASSETS_DIR)"},
		{"astronaut.png", selftest.Fail, "classifier.library: TensorFlow Lite library ../share/maskwarden/astronaut.png: not a shared library: want an ELF file for linux/" + runtime.GOARCH},
	} {
		i := &Inspection{
			Config: tensorflowed(t, config.TensorFlow, c.library), Version: "test", Logger: slog.New(slog.DiscardHandler),
			Options: selftest.Options{Seed: 1, Draws: 1, Only: []string{"model_answers", "delegate", "patch_*"}},
		}
		if err := i.Initialize(); err != nil {
			t.Fatal(err)
		}
		r, err := i.Run(t.Context(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range r.Checks {
			want := selftest.Pass
			if got.Name == "delegate" {
				want = c.delegate
				if got.Detail != c.detail {
					t.Errorf("delegate says\n%s, want\n%s", got.Detail, c.detail)
				}
			}
			if got.Result != want {
				t.Errorf("%s: got %+v, want %s", got.Name, got, want)
			}
		}
		if v := r.Unit.Versions; v["tensorflow"] != savedmodel.Version() || v["backend"] != backend {
			t.Errorf("versions %v", v)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
		d := &Daemon{Config: i.Config, engine: &pipeline.Engine{Config: i.Config}}
		if err := d.engine.Initialize(); err != nil {
			t.Fatal(err)
		}
		compared := false
		checks, _ := d.checks(d.engine)
		for _, check := range checks {
			compared = compared || check.Name == "delegate" && check.Needs[0].Lacks() == ""
		}
		if compared != (c.delegate != selftest.Skipped) {
			t.Errorf("%s: the daemon compares: %v", c.library, compared)
		}
		if err := d.engine.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTensorFlowThatComputesWrongly bends what TensorFlow gives: the comparison must tell, and say what to do.
func TestTensorFlowThatComputesWrongly(t *testing.T) {
	e := &pipeline.Engine{Config: tensorflowed(t, config.TensorFlow, "libtensorflowlite.so")}
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m := newUnit(e, e.Classifier, e.Smoother).Model
	m.Classifier = crooked{e.Classifier}
	r := model.Delegate(m).Run(t.Context(), 1)
	if r.Result != selftest.Fail || !strings.Contains(r.Detail, "but TensorFlow Lite on the CPU gives [") ||
		r.Hint != "set classifier.runtime to tflite until TensorFlow or its device's driver is fixed" {
		t.Errorf("got %+v", r)
	}
}

// crooked gives a logit that is a little too large.
type crooked struct{ pipeline.Classifier }

func (c crooked) Logits(i int) [frame.NumClasses]float32 {
	logits := c.Classifier.Logits(i)
	logits[1] += 0.05
	return logits
}
