//go:build tensorflow

package pipeline

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"syscall"
	"testing"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/pack"
)

// newPipeline makes the pipeline of a runtime.
func newPipeline(t *testing.T, runtime config.Runtime, library string) *Pipeline {
	t.Helper()
	c := config.Default()
	c.Classifier.Runtime, c.Classifier.Library = runtime, library
	p, err := newEngine(t, c).NewPipeline()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// TestRuntimesAgree shows a clip to both runtimes, frame by frame: the same faces, labels and decisions. TensorFlow needs no library
// of TensorFlow Lite for it.
func TestRuntimesAgree(t *testing.T) {
	own, other := newPipeline(t, config.TensorFlow, "nowhere.so"), newPipeline(t, config.TFLite, "libtensorflowlite.so")
	limit := own.Engine.Pack.Manifest.Tolerance[pack.Float32]
	var pool frame.Pool
	defer pool.Close()
	clip := &capture.Camera{
		Name: "clip", URI: "synthetic://?people=1&seed=3&fast=1&width=480&height=270", Lossless: true, Pool: &pool,
		Synthetic: Synthetic(own.Engine.Config), Logger: slog.New(slog.DiscardHandler),
	}
	if err := clip.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer clip.Close()
	classified, decided := 0, 0
	for f := range clip.Frames() {
		var faces [2][]frame.Face
		var reported [2][]string
		for k, p := range []*Pipeline{own, other} {
			made, err := p.Process(f)
			if err != nil {
				t.Fatal(err)
			}
			faces[k] = append(faces[k], f.Faces...)
			for i := range made {
				reported[k] = append(reported[k], fmt.Sprintf("person %d: %s %s %s %s", made[i].Track, made[i].Label, made[i].Reason, made[i].Alarm, made[i].Proof.Certified))
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
				classified++
			}
		}
		if got, want := strings.Join(reported[0], "; "), strings.Join(reported[1], "; "); got != want {
			t.Errorf("reported %q, want %q", got, want)
		}
		if decided += len(reported[0]); decided >= 2 {
			break
		}
	}
	t.Logf("%d faces classified, %d decisions", classified, decided)
	if classified < 20 || decided < 2 {
		t.Errorf("%d faces classified, %d decisions: this test saw too little", classified, decided)
	}
}

// TestTensorFlowKeepsItsMemory counts the pages that the system must clear for a face: TensorFlow must not use the program's small heap.
func TestTensorFlowKeepsItsMemory(t *testing.T) {
	memory.Tune()
	c := newPipeline(t, config.TensorFlow, "nowhere.so").Engine.Classifier
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
