package deep

import (
	"math"

	"github.com/maskwarden/maskwarden/pack"
)

// deviations of the binomial distribution are what the limits allow for so few faces beyond the pack's figures. With three, a network that was
// never trained against attacks passes: the figures are of photos, and golden faces, averages of many, are much easier.
const deviations = 1

// figure is one that the pack's makers measured, if it is known.
type figure struct {
	value float64
	known bool
}

// accuracy is that at a strength in the first of the measures that has it.
func accuracy(strength float64, of ...pack.Measures) figure {
	for _, m := range of {
		if at, ok := m.At(strength); ok {
			return figure{at.Accuracy, true}
		}
	}
	return figure{}
}

// noneCorrect is the share of unmasked faces taken for correct, likewise.
func noneCorrect(strength float64, of ...pack.Measures) figure {
	for _, m := range of {
		if at, ok := m.At(strength); ok {
			return figure{at.NoneCorrect, true}
		}
	}
	return figure{}
}

// least is the smallest share of n faces that must keep their label.
func (f figure) least(n int) float64 { return max(0, f.value-f.slack(n)) }

// most is the largest share of n unmasked faces that may be taken for correct.
func (f figure) most(n int) float64 { return min(1, f.value+f.slack(max(1, n))) }

func (f figure) slack(n int) float64 { return deviations * math.Sqrt(f.value*(1-f.value)/float64(n)) }

// figures are what one attack at one strength is compared with. Behind the smoothing a network must be no weaker than it was alone,
// where nothing else was measured.
type figures struct {
	alone, behind figure // accuracy
	noneCorrect   figure // behind the smoothing
}

// linf are the figures of an attack of so many 255ths.
func linf(strength float64, e *pack.Evaluation, of func(*pack.Robustness) pack.Measures) figures {
	a, b := of(&e.Alone), of(&e.Smoothed)
	return figures{accuracy(strength, a), accuracy(strength, b, a), noneCorrect(strength, e.Smoothed.Worst, e.Alone.Worst)}
}

// patched are the figures of patches of a part of the picture. Of none → correct the greater figure counts: behind the smoothing fewer
// places and steps were tried.
func patched(area float64, e *pack.Evaluation) figures {
	a, b := e.Alone.Patches, e.Smoothed.Patches
	f := figures{accuracy(area, a), accuracy(area, b, a), noneCorrect(area, b)}
	if by := noneCorrect(area, a); by.value >= f.noneCorrect.value {
		f.noneCorrect = by
	}
	return f
}
