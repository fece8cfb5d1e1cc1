// Package bench measures the speed and the memory of the whole pipeline on a source.
package bench

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"runtime"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/pipeline"
)

// rounds is how often the pipeline and its parts alone are measured in turn, so that a drift of the machine's speed
// touches both.
const rounds = 3

// Bench runs one source through one pipeline as fast as it goes, no frame dropped.
type Bench struct {
	Pipeline  *pipeline.Pipeline
	Source    string
	Frames    int
	Live      bool // also run a synthetic camera in its own time, half as many frames
	Synthetic func(*url.URL) (capture.Source, error)
	Logger    *slog.Logger

	pool       frame.Pool
	stages     [frame.NumStages][]time.Duration
	classified int // faces classified
	batches    int // frames with a face to classify
	frames     int
	found      int // frames on which the detector ran
	spent      usage
	dropped    uint64
	sample     *frame.Frame // the first frame, for the detector alone
}

// Run measures and returns the figures.
func (b *Bench) Run(ctx context.Context) (*Result, error) {
	defer b.pool.Close()
	defer func() {
		if b.sample != nil {
			b.sample.Release()
		}
	}()
	for s := range b.stages {
		b.stages[s] = make([]time.Duration, 0, b.Frames)
	}
	if err := b.warm(ctx); err != nil {
		return nil, err
	}
	r := b.result()
	var memory []float64
	for range rounds {
		before, frames := b.spent.wall, b.frames
		if err := b.stretch(ctx, b.Frames/rounds); err != nil {
			return nil, err
		}
		memory = append(memory, megabytes())
		each := (b.spent.wall - before).Seconds() / float64(b.frames-frames)
		alone, err := b.alone(ctx)
		if err != nil {
			return nil, err
		}
		alone.Ratio = alone.total() / 1e3 / each
		r.rounds = append(r.rounds, alone)
	}
	if err := b.defend(ctx, r); err != nil {
		return nil, err
	}
	return r.finish(b, memory), nil
}

// warm lets caches, pools and lazily made interpreters settle before anything is counted.
func (b *Bench) warm(ctx context.Context) error {
	b.Pipeline.Restart()
	if err := b.stretch(ctx, 30); err != nil {
		return err
	}
	for s := range b.stages {
		b.stages[s] = b.stages[s][:0]
	}
	b.classified, b.batches, b.frames, b.found, b.spent, b.dropped = 0, 0, 0, 0, usage{}, 0
	return memory.Trim() // as the daemon does after its first frame
}

// stretch takes n frames through the pipeline.
func (b *Bench) stretch(ctx context.Context, n int) error {
	c, err := b.open()
	if err != nil {
		return err
	}
	defer c.Close()
	from := measure()
	for f := range c.Frames() {
		if err := ctx.Err(); err != nil {
			f.Release()
			return err
		}
		if _, err := b.Pipeline.Process(f); err != nil {
			f.Release()
			return err
		}
		b.count(f)
		if n--; n <= 0 {
			break
		}
	}
	b.spent = b.spent.plus(measure().minus(from))
	b.dropped += c.Stats().Dropped
	if n > 0 {
		return fmt.Errorf("%s: ended %d frames early: %w", b.Source, n, c.Err())
	}
	return nil
}

func (b *Bench) count(f *frame.Frame) {
	b.frames++
	if f.Detected {
		b.found++
	}
	for s, took := range f.Took {
		if took > 0 { // 0 is a stage that did not run
			b.stages[s] = append(b.stages[s], took)
		}
	}
	n := 0
	for i := range f.Faces {
		if f.Faces[i].Fresh && f.Faces[i].Quality == frame.Good {
			n++
		}
	}
	if n > 0 {
		b.classified += n
		b.batches++
	}
	if b.sample == nil {
		b.sample = f
		return
	}
	f.Release()
}

func (b *Bench) open() (*capture.Camera, error) {
	c := &capture.Camera{
		Name: "bench", URI: b.Source, Lossless: true, Loop: true,
		Pool: &b.pool, Synthetic: b.Synthetic, Logger: b.Logger,
	}
	return c, c.Initialize()
}

// alone measures decoding, detection and classification each by itself, per frame of the pipeline.
func (b *Bench) alone(ctx context.Context) (Alone, error) {
	var a Alone
	n := max(10, min(100, b.Frames/rounds))
	c, err := b.open()
	if err != nil {
		return a, err
	}
	defer c.Close()
	start := time.Now()
	for range n {
		f, ok := <-c.Frames()
		if !ok {
			return a, fmt.Errorf("%s: %w", b.Source, c.Err())
		}
		f.Release()
	}
	a.Decode = milliseconds(time.Since(start)) / float64(n)

	var faces []frame.Face
	start = time.Now()
	for range n {
		if err := ctx.Err(); err != nil {
			return a, err
		}
		if faces, err = b.Pipeline.Detector.Detect(b.sample.Image, faces[:0]); err != nil {
			return a, err
		}
	}
	a.Detect = milliseconds(time.Since(start)) / float64(n) * float64(b.found) / float64(b.frames)

	if b.batches == 0 {
		return a, nil
	}
	batch := (b.classified + b.batches - 1) / b.batches
	start = time.Now()
	for range n {
		if err := b.Pipeline.Engine.Classifier.Run(batch); err != nil {
			return a, err
		}
	}
	a.Classify = milliseconds(time.Since(start)) / float64(n*batch) * float64(b.classified) / float64(b.frames)
	return a, nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

func machine() Machine {
	return Machine{CPU: cpuName(), Cores: runtime.NumCPU(), Arch: runtime.GOARCH}
}
