package selftest

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Delegate compares the classifier in use, on an accelerator or on another runtime, with the same model on TensorFlow Lite's own
// kernels, on pictures that the pack's known answers do not hold, so that nobody passes who has learnt those by heart.
type Delegate struct {
	InUse     Classifier
	Reference func() (Classifier, func(), error) // opens the same model on TensorFlow Lite's own kernels; the second result frees it
	Pack      *pack.Pack
	Backend   string   // what runs the model
	Notes     []string // why delegates that were asked for are not in use
	Against   string   // what Reference is, for people
	Hint      string   // what to do when the two do not agree
	Alone     string   // why there is nothing to compare with, "" where there is
	Seed      uint64   // of the pictures
}

// noises is the number of pictures of noise.
const noises = 8

// Name implements Check.
func (Delegate) Name() string { return "delegate" }

// Run implements Check. Value is the largest difference of a logit.
func (c Delegate) Run(context.Context) Result {
	if c.Alone != "" {
		return skip(c.Alone)
	}
	limit := c.Pack.Manifest.Tolerance[c.Pack.Kind]
	r := Result{Result: Fail, Limit: limit, Unit: "logit", Hint: c.Hint}
	got, err := c.logits(c.InUse)
	if err != nil {
		r.Detail = err.Error()
		return r
	}
	want, err := c.reference()
	if err != nil {
		r.Detail, r.Hint = err.Error(), "TensorFlow Lite cannot run the model on the CPU: copy the pack and the library again"
		return r
	}
	worst := -1
	for i := range want {
		for k := range want[i] {
			if d := math.Abs(float64(got[i][k]) - float64(want[i][k])); !(d <= r.Value) {
				r.Value, worst = d, i
			}
		}
	}
	if !(r.Value <= limit) {
		r.Detail = fmt.Sprintf("%s: picture %d of %d (seed %d): %v, but %s says %v",
			c.Backend, worst+1, len(want), c.Seed, got[worst], c.Against, want[worst])
		return r
	}
	r.Detail = fmt.Sprintf("%s agrees with %s on %d pictures", c.Backend, c.Against, len(want))
	if len(c.Notes) > 0 {
		r.Result, r.Detail = Warn, "not in use: "+strings.Join(c.Notes, "; ")
		r.Hint = "mend what is named, or take that delegate off classifier.delegates: the model runs more slowly without it"
		return r
	}
	r.Result, r.Hint = Pass, ""
	return r
}

func (c Delegate) reference() ([][frame.NumClasses]float32, error) {
	cpu, closeIt, err := c.Reference()
	if err != nil {
		return nil, err
	}
	defer closeIt()
	return c.logits(cpu)
}

// logits classifies noise, and the pack's golden pictures mirrored, which a face still is.
func (c Delegate) logits(by Classifier) ([][frame.NumClasses]float32, error) {
	in := c.Pack.Manifest.Input
	pixels := make([]byte, in.Size())
	n := 0
	for i := range noises {
		pack.GoldenInput(uint32(c.Seed)+1000+uint32(i), pixels)
		if err := by.Fill(n, pixels); err != nil {
			return nil, err
		}
		n++
	}
	for i, g := range c.Pack.Manifest.Golden {
		if g.File == "" {
			continue
		}
		c.Pack.GoldenInput(i, pixels)
		mirror(pixels, in.Width, in.Channels())
		if err := by.Fill(n, pixels); err != nil {
			return nil, err
		}
		n++
	}
	if err := by.Run(n); err != nil {
		return nil, err
	}
	logits := make([][frame.NumClasses]float32, n)
	for i := range logits {
		logits[i] = by.Logits(i)
	}
	return logits, nil
}

// mirror turns rows of width pixels left to right.
func mirror(pixels []byte, width, channels int) {
	for row := 0; row < len(pixels); row += width * channels {
		for x, y := 0, width-1; x < y; x, y = x+1, y-1 {
			for k := range channels {
				a, b := row+x*channels+k, row+y*channels+k
				pixels[a], pixels[b] = pixels[b], pixels[a]
			}
		}
	}
}
