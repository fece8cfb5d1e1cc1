package bench

import (
	"math"
	"slices"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// Result holds a run's figures; stable, scripts read it.
type Result struct {
	Source      string              `json:"source"`
	Picture     [2]int              `json:"picture"` // width, height
	Frames      int                 `json:"frames"`
	FPS         float64             `json:"fps"`
	Dropped     uint64              `json:"dropped"`
	DetectEvery int                 `json:"detect_every"`
	Faces       float64             `json:"faces_per_frame"` // classified
	Stages      map[string]Quantile `json:"stages"`          // of the frames in which the stage ran
	PeakRSS     float64             `json:"peak_rss_mb"`     // of the whole process, with what loading took
	SteadyRSS   []float64           `json:"steady_rss_mb"`   // after each third of the frames
	Allocations float64             `json:"allocations_per_frame"`
	CPU         float64             `json:"cpu_seconds_per_frame"`
	Alone       Alone               `json:"alone"`
	Defense     *Defense            `json:"defense,omitempty"` // absent when defense.certify is off
	Model       string              `json:"model"`
	Backend     string              `json:"backend"`
	Machine     Machine             `json:"machine"`

	rounds []Alone
}

// Quantile tells how long a stage took, in milliseconds.
type Quantile struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
}

// Alone is the speed limit: what decoding, detection and classification cost when each runs by itself, in milliseconds
// per frame of the pipeline (a detector that runs on every second frame counts half). Ratio is the pipeline's speed
// over that limit; above 1 it gains from decoding in parallel.
type Alone struct {
	Decode   float64 `json:"decode_ms"`
	Detect   float64 `json:"detect_ms"`
	Classify float64 `json:"classify_ms"`
	Ratio    float64 `json:"pipeline_to_limit"`
}

func (a Alone) total() float64 { return a.Decode + a.Detect + a.Classify }

// Machine is where the figures come from.
type Machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	Arch  string `json:"arch"`
}

func (b *Bench) result() *Result {
	return &Result{
		Source:      b.Source,
		Picture:     [2]int{b.sample.Image.Cols(), b.sample.Image.Rows()},
		DetectEvery: max(1, b.Pipeline.DetectEvery),
		Model:       b.Pipeline.Engine.Pack.ID(),
		Backend:     b.Pipeline.Engine.Classifier.Backend(),
		Machine:     machine(),
	}
}

func (r *Result) finish(b *Bench, memory []float64) *Result {
	r.Frames = b.frames
	n := float64(b.frames)
	r.FPS = round(n / b.spent.wall.Seconds())
	r.Dropped = b.dropped
	r.Faces = round(float64(b.classified) / n)
	r.Stages = map[string]Quantile{}
	for s := range b.stages {
		r.Stages[frame.Stage(s).String()] = quantiles(b.stages[s])
	}
	r.PeakRSS = round(peakMegabytes())
	for _, m := range memory {
		r.SteadyRSS = append(r.SteadyRSS, round(m))
	}
	r.Allocations = round(float64(b.spent.mallocs) / n)
	r.CPU = b.spent.cpu.Seconds() / n
	// The round whose ratio is the median speaks for all.
	slices.SortFunc(r.rounds, func(x, y Alone) int { return int(math.Copysign(1, x.Ratio-y.Ratio)) })
	a := r.rounds[len(r.rounds)/2]
	r.Alone = Alone{round(a.Decode), round(a.Detect), round(a.Classify), round(a.Ratio)}
	return r
}

func quantiles(took []time.Duration) Quantile {
	if len(took) == 0 {
		return Quantile{}
	}
	slices.Sort(took)
	at := func(q float64) float64 {
		return round(milliseconds(took[int(q*float64(len(took)-1))]))
	}
	return Quantile{at(0.50), at(0.95), at(0.99)}
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }
