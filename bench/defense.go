package bench

import (
	"context"
	"errors"
	"slices"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
)

// Defense is what the check before a decision costs. A pass smooths and classifies one face; the ratios count in passes that are
// made one by one.
type Defense struct {
	Single     float64 `json:"single_ms"`
	Check      float64 `json:"check_ms"` // the views behind one mask, in one batch; the picture's own answer is known by then
	Passes     int     `json:"check_passes"`
	Ratio      float64 `json:"check_to_single"`
	Worst      float64 `json:"worst_ms"` // and as many pairs of masks as double masking can need
	WorstCount int     `json:"worst_passes"`
	WorstRatio float64 `json:"worst_to_single"`
	Live       *Live   `json:"live,omitempty"`
}

// Live is a synthetic camera in its own time, with everybody checked once a second.
type Live struct {
	Source  string  `json:"source"`
	People  int     `json:"people"`
	Seconds float64 `json:"seconds"`
	FPS     float64 `json:"fps"`
	Checks  int     `json:"checks"`
	Dropped uint64  `json:"dropped"`
}

// tries is how often each cost is taken, in turn; the least of each counts: what it takes when nothing else disturbs it.
const tries = 30

// defend measures what the defense costs, unless it is off.
func (b *Bench) defend(ctx context.Context, r *Result) (err error) {
	if b.Pipeline.Engine.Checker == nil {
		return nil
	}
	if r.Defense, err = b.defense(ctx); err != nil || !b.Live {
		return err
	}
	r.Defense.Live, err = b.live(ctx)
	return err
}

// defense measures the check on the middle of the sample: what the picture shows makes no difference to its cost.
func (b *Bench) defense(ctx context.Context) (*Defense, error) {
	c := b.Pipeline.Engine.Checker
	img := b.sample.Image
	w, h := float32(img.Cols()), float32(img.Rows())
	crop := gocv.NewMat()
	defer crop.Close()
	if err := b.Pipeline.Cropper.Crop(img, frame.Box{X0: w / 3, Y0: h / 3, X1: 2 * w / 3, Y1: 2 * h / 3}, &crop); err != nil {
		return nil, err
	}
	d := &Defense{}
	var single, check, worst []float64
	for range tries {
		err := errors.Join(ctx.Err(), timed(&single, func() error { return c.Single(crop) }),
			timed(&check, func() (err error) { d.Passes, err = c.Load(crop, 0); return err }),
			timed(&worst, func() (err error) { d.WorstCount, err = c.Load(crop, c.WorstPairs()); return err }))
		if err != nil {
			return nil, err
		}
	}
	one, batch, most := slices.Min(single), slices.Min(check), slices.Min(worst)
	d.Single, d.Check, d.Worst = round(one), round(batch), round(most)
	d.Ratio, d.WorstRatio = round(batch/one), round(most/one)
	return d, nil
}

// live runs a camera in its own time until it has seen half of the frames, or should have long ago, with everybody's
// decision due once a second.
func (b *Bench) live(ctx context.Context) (*Live, error) {
	l := &Live{Source: "synthetic://?people=3&fps=15", People: 3}
	repeat := b.Pipeline.Voter.Repeat
	defer func() { b.Pipeline.Voter.Repeat = repeat; b.Pipeline.Restart() }()
	b.Pipeline.Restart()
	b.Pipeline.Voter.Repeat = time.Second
	c := &capture.Camera{Name: "live", URI: l.Source, Pool: &b.pool, Synthetic: b.Synthetic, Logger: b.Logger}
	if err := c.Initialize(); err != nil {
		return nil, err
	}
	defer c.Close()
	n, warm := 0, 15 // the first second, in which nobody is decided on, does not count
	start, before := time.Now(), uint64(0)
	patience := 2 * time.Duration(b.Frames/2) * time.Second / 15
	for f := range c.Frames() {
		_, err := b.Pipeline.Process(f)
		checked := f.Took[frame.Check] > 0
		f.Release()
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		if warm--; warm > 0 {
			start, before = time.Now(), c.Stats().Dropped
			continue
		}
		if checked {
			l.Checks++
		}
		if n++; n == b.Frames/2 || time.Since(start) > patience {
			break
		}
	}
	l.Seconds = round(time.Since(start).Seconds())
	l.FPS = round(float64(n) / time.Since(start).Seconds())
	l.Dropped = c.Stats().Dropped - before
	return l, c.Err()
}

// timed adds the milliseconds that f takes.
func timed(to *[]float64, f func() error) error {
	start := time.Now()
	err := f()
	*to = append(*to, milliseconds(time.Since(start)))
	return err
}
