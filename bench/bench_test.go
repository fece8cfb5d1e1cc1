package bench_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/bench"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pipeline"
)

func newBench(t *testing.T, source string) *bench.Bench {
	t.Helper()
	c := config.Default()
	c.AssetsDir = "../share/maskwarden"
	e := &pipeline.Engine{Config: c}
	if err := e.Initialize(); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	p, err := e.NewPipeline()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return &bench.Bench{Pipeline: p, Source: source, Frames: 60, Synthetic: pipeline.Synthetic(c), Logger: slog.Default()}
}

func TestFigures(t *testing.T) {
	b := newBench(t, "synthetic://?fast=1&width=480&height=270")
	b.Live = true
	r, err := b.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if r.Frames != 60 || r.Dropped != 0 || r.Picture != [2]int{480, 270} {
		t.Errorf("%d frames of %v, %d dropped: want 60 of 480x270, none dropped", r.Frames, r.Picture, r.Dropped)
	}
	if r.FPS <= 0 || r.CPU <= 0 || r.PeakRSS <= 0 || len(r.SteadyRSS) != 3 || r.Alone.Ratio <= 0 {
		t.Errorf("a figure is missing: %+v", r)
	}
	if r.Faces <= 0 {
		t.Error("the scene shows people, but no face was classified")
	}
	for stage, q := range r.Stages {
		if q.P50 > q.P95 || q.P95 > q.P99 {
			t.Errorf("%s: quantiles fall: %+v", stage, q)
		}
	}
	d := r.Defense
	if d == nil || d.Passes != 9 || d.WorstCount != 42 || d.Single <= 0 || d.Check <= d.Single || d.Worst <= d.Check {
		t.Fatalf("the defense's cost: %+v", d)
	}
	if d.Live == nil || d.Live.FPS <= 0 || d.Live.Seconds <= 0 {
		t.Errorf("a camera in its own time: %+v", d.Live)
	}
	// No limit on times here: on a busy machine a long measurement is disturbed where a short one is not.
	t.Logf("the check costs %.1f single passes, at worst %.1f", d.Ratio, d.WorstRatio)
	if q := r.Stages["detect"]; q.P50 <= 0 {
		t.Errorf("detect took no time: %+v", q)
	}
}

func TestSourceThatIsNotThere(t *testing.T) {
	_, err := newBench(t, "nowhere.mp4").Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "nowhere.mp4") {
		t.Errorf("got %v, want an error that names nowhere.mp4", err)
	}
}
