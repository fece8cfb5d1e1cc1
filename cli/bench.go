package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/maskwarden/maskwarden/bench"
	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
)

type benchCmd struct {
	engineFlags
	Source      string `required:"" placeholder:"URI" help:"Video, folder, camera or synthetic://?fast=1."`
	Frames      int    `default:"300" help:"Frames to measure, 30 or more; the source is started again when it ends."`
	DetectEvery int    `placeholder:"N" help:"Run the face detector on every N-th frame, whatever the configuration says."`
	Live        bool   `help:"Also run a synthetic camera of 15 frames a second with three people, everybody checked once a second."`
	JSON        bool   `help:"Print JSON."`
}

func (c *benchCmd) Run(ctx context.Context, stdout io.Writer, logger *slog.Logger) (err error) {
	if c.Frames < 30 {
		return fail(exitUsage, "--frames 300", fmt.Errorf("--frames %d: want 30 or more", c.Frames))
	}
	p, closeAll, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	if c.DetectEvery > 0 {
		p.DetectEvery = c.DetectEvery
	}
	b := &bench.Bench{Pipeline: p, Source: c.Source, Frames: c.Frames, Live: c.Live, Synthetic: pipeline.Synthetic(p.Engine.Config), Logger: logger}
	r, err := b.Run(ctx)
	if err != nil {
		return fail(exitNoInput, "", err)
	}
	if c.JSON {
		return screen.JSON(stdout, r)
	}
	return printBench(stdout, r)
}

func printBench(w io.Writer, r *bench.Result) error {
	fmt.Fprintf(w, "%s, %dx%d, on %s (%d cores, %s)\n%s, %s, detector on every %d. frame\n\n",
		r.Source, r.Picture[0], r.Picture[1], r.Machine.CPU, r.Machine.Cores, r.Machine.Arch, r.Model, r.Backend, r.DetectEvery)
	fmt.Fprintf(w, "%-10s %9s %9s %9s\n", "stage", "p50 ms", "p95 ms", "p99 ms")
	for s := range frame.NumStages {
		name := frame.Stage(s).String()
		q := r.Stages[name]
		fmt.Fprintf(w, "%-10s %9.3f %9.3f %9.3f\n", name, q.P50, q.P95, q.P99)
	}
	fmt.Fprintf(w, "\n%d frames at %.1f a second, %d dropped, %.2f faces a frame\n", r.Frames, r.FPS, r.Dropped, r.Faces)
	fmt.Fprintf(w, "alone: decode %.2f + detect %.2f + classify %.2f ms a frame; the pipeline runs at %.2f of that limit\n",
		r.Alone.Decode, r.Alone.Detect, r.Alone.Classify, r.Alone.Ratio)
	printDefense(w, r.Defense)
	_, err := fmt.Fprintf(w, "memory: steady %v MB, peak %.0f MB; %.2f allocations and %.4f CPU seconds a frame\n",
		r.SteadyRSS, r.PeakRSS, r.Allocations, r.CPU)
	return err
}

func printDefense(w io.Writer, d *bench.Defense) {
	if d == nil {
		return
	}
	fmt.Fprintf(w, "certified check: %d passes in %.2f ms, as %.1f single ones of %.2f ms; double masking at worst: %d passes in %.2f ms, as %.1f\n",
		d.Passes, d.Check, d.Ratio, d.Single, d.WorstCount, d.Worst, d.WorstRatio)
	if l := d.Live; l != nil {
		fmt.Fprintf(w, "%s, everybody checked once a second: %.2f frames a second over %.0f s, %d dropped, %d checks\n",
			l.Source, l.FPS, l.Seconds, l.Dropped, l.Checks)
	}
}
