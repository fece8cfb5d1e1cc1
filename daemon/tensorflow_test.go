//go:build tensorflow

package daemon

import (
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
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

// piped readies the pipeline of a runtime.
func piped(t *testing.T, runtime config.Runtime, library string) *Pipeline {
	t.Helper()
	e := &Engine{Config: tensorflowed(t, runtime, library)}
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	p, err := e.Pipeline()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, err := range []error{p.Close(), e.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return p
}

// TestRuntimesJudgeAlike shows a clip to both runtimes, frame by frame: the same faces, labels and decisions. TensorFlow needs no library
// of TensorFlow Lite for it.
func TestRuntimesJudgeAlike(t *testing.T) {
	own, other := piped(t, config.TensorFlow, "nowhere.so"), piped(t, config.TFLite, "libtensorflowlite.so")
	limit := own.Pack.Manifest.Tolerance[pack.Float32]
	var pool frame.Pool
	defer pool.Close()
	clip := &capture.Camera{
		Name: "clip", URI: "synthetic://?people=1&seed=3&fast=1&width=480&height=270", Lossless: true, Pool: &pool,
		Synthetic: Synthetic(own.Config), Logger: slog.New(slog.DiscardHandler),
	}
	if err := clip.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer clip.Close()
	judged, decided := 0, 0
	for f := range clip.Frames() {
		var faces [2][]frame.Face
		var told [2][]string
		for k, p := range []*Pipeline{own, other} {
			made, err := p.Process(f)
			if err != nil {
				t.Fatal(err)
			}
			faces[k] = append(faces[k], f.Faces...)
			for i := range made {
				told[k] = append(told[k], fmt.Sprintf("person %d: %s %s %s %s", made[i].Track, made[i].Label, made[i].Reason, made[i].Alarm, made[i].Proof.Certified))
			}
		}
		f.Release()
		if len(faces[0]) != len(faces[1]) {
			t.Fatalf("%d faces, want %d", len(faces[0]), len(faces[1]))
		}
		for i := range faces[0] {
			got, want := &faces[0][i], &faces[1][i]
			if got.Label != want.Label || got.Quality != want.Quality {
				t.Errorf("face %d is %s (%s), want %s (%s)", i, got.Label, got.Quality, want.Label, want.Quality)
			}
			for k := range got.Probs {
				if d := math.Abs(float64(got.Probs[k] - want.Probs[k])); !(d <= limit) {
					t.Errorf("face %d has the probabilities %v, want %v within %g", i, got.Probs, want.Probs, limit)
				}
			}
			if got.Probs != (frame.Probabilities{}) {
				judged++
			}
		}
		if got, want := strings.Join(told[0], "; "), strings.Join(told[1], "; "); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		if decided += len(told[0]); decided >= 2 {
			break
		}
	}
	t.Logf("%d faces judged, %d decisions told", judged, decided)
	if judged < 20 || decided < 2 {
		t.Errorf("%d faces judged, %d decisions told: this test saw too little", judged, decided)
	}
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
		d := &Daemon{Config: i.Config, engine: &Engine{Config: i.Config}}
		if err := d.engine.Initialize(); err != nil {
			t.Fatal(err)
		}
		compared := false
		for _, check := range d.checks() {
			compared = compared || check.Name() == "delegate"
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
	e := piped(t, config.TensorFlow, "libtensorflowlite.so").Engine
	r := e.delegate(crooked{e.Classifier}, 1).Run(t.Context())
	if r.Result != selftest.Fail || !strings.Contains(r.Detail, "but TensorFlow Lite on the CPU says [") ||
		r.Hint != "set classifier.runtime to tflite until TensorFlow or its device's driver was mended" {
		t.Errorf("got %+v", r)
	}
}

// TestTensorFlowKeepsItsMemory counts the pages that the system must clear for a face: the program's small heap is not for TensorFlow.
func TestTensorFlowKeepsItsMemory(t *testing.T) {
	memory.Tune()
	c := piped(t, config.TensorFlow, "nowhere.so").Classifier
	faults := func(runs int) int64 {
		var before, after syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
			t.Fatal(err)
		}
		for range runs {
			if err := c.Run(1); err != nil {
				t.Fatal(err)
			}
		}
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
			t.Fatal(err)
		}
		return (after.Minflt - before.Minflt) / int64(runs)
	}
	faults(50)
	got := faults(200)
	t.Logf("%d pages a face", got)
	if got > 300 {
		t.Errorf("%d pages are cleared for a face, want 300 or fewer", got)
	}
}

// crooked gives a logit that is a little too large.
type crooked struct{ Classifier }

func (c crooked) Logits(i int) [frame.NumClasses]float32 {
	logits := c.Classifier.Logits(i)
	logits[1] += 0.05
	return logits
}
