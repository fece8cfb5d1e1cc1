package model

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// noises is the number of pictures of noise.
const noises = 8

// Delegate compares the classifier in use, on an accelerator or on another runtime, with the same model on TensorFlow Lite's own
// kernels, on pictures that the pack's known answers do not hold, so that learning those by heart does not help. The value is the largest
// difference of a logit.
func Delegate(m *Model) selftest.Check {
	return selftest.Check{
		Name: "delegate", Severity: selftest.Vital,
		Asks: "does the accelerator agree with the CPU on pictures that nobody has seen before? With `classifier.runtime: tensorflow`: " +
			"does TensorFlow agree with TensorFlow Lite, where `classifier.library` is there?",
		Remedy: "`warn`: a delegate that was asked for is not in use; `fail`: switch it off, or set the runtime `tflite`, until its driver is fixed",
		Needs:  []selftest.Need{{Name: "an accelerator or TensorFlow, and TensorFlow Lite to compare it with", Lacks: func() string { return m.Reference.Missing }}},
		Run:    func(_ context.Context, seed uint64) selftest.Result { return m.delegate(seed) },
	}
}

func (m *Model) delegate(seed uint64) selftest.Result {
	got, err := m.logits(m.Classifier, seed)
	if err != nil {
		return selftest.Failed(err, m.Reference.Hint)
	}
	want, err := m.reference(seed)
	if err != nil {
		return selftest.Failed(err, "TensorFlow Lite cannot run the model on the CPU: copy the pack and the library again")
	}
	limit := m.Pack.Tolerance(m.Pack.Kind)
	r := selftest.Result{Result: selftest.Fail, Quantity: "difference", Limit: limit, Bound: selftest.AtMost, Unit: "logit", Hint: m.Reference.Hint}
	worst := -1
	for i := range want {
		for k := range want[i] {
			if d := math.Abs(float64(got[i][k]) - float64(want[i][k])); !(d <= r.Value) {
				r.Value, worst = d, i
			}
		}
	}
	if !(r.Value <= limit) {
		r.Detail = fmt.Sprintf("%s: picture %d of %d (seed %d): %v, but %s gives %v",
			m.Runtime.Backend(), worst+1, len(want), seed, got[worst], m.Reference.Name, want[worst])
		return r
	}
	r.Result, r.Hint = selftest.Pass, ""
	r.Detail = fmt.Sprintf("%s agrees with %s on %d pictures", m.Runtime.Backend(), m.Reference.Name, len(want))
	if notes := m.Runtime.Notes(); len(notes) > 0 {
		r.Result, r.Detail = selftest.Warn, "not in use: "+strings.Join(notes, "; ")
		r.Hint = "fix what is named, or take that delegate off classifier.delegates: the model runs more slowly without it"
	}
	return r
}

func (m *Model) reference(seed uint64) ([][frame.NumClasses]float32, error) {
	cpu, closeIt, err := m.Reference.Open()
	if err != nil {
		return nil, err
	}
	defer closeIt()
	return m.logits(cpu, seed)
}

// logits classifies noise, and the pack's golden pictures mirrored, which a face still is.
func (m *Model) logits(by Classifier, seed uint64) ([][frame.NumClasses]float32, error) {
	in := m.Pack.Manifest.Input
	pixels := make([]byte, in.Size())
	n := 0
	for i := range noises {
		pack.GoldenInput(uint32(seed)+1000+uint32(i), pixels)
		if err := by.Fill(n, pixels); err != nil {
			return nil, err
		}
		n++
	}
	for i, g := range m.Pack.Manifest.Golden {
		if g.File == "" {
			continue
		}
		m.Pack.GoldenInput(i, pixels)
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
