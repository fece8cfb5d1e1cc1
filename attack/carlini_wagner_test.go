package attack_test

import (
	"math"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
)

// The least change that succeeds on a linear network is known: the attack's is as long, to a few hundredths.
func TestCarliniWagner(t *testing.T) {
	both(t, func(t *testing.T, targeted bool) {
		net := newLinear(4)
		f := net.faces(12, targeted)
		a := attack.CarliniWagner{Steps: 400, BinarySteps: 8, Rate: 0.005, InitialConst: 0.1}
		images, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		if net.asked -= 12; net.asked >= 12*400*8*9/10 { // less the call that made the labels
			t.Errorf("%d images, want fewer than all steps take: a loss that falls no more ends a face", net.asked)
		}
		if n := successes(t, net, f, images); n != 12 {
			t.Errorf("%d of 12 attacks succeeded", n)
		}
		for i, label := range f.Labels {
			least := math.Inf(1)
			for to := range attack.Classes {
				if to != label && (!targeted || to == f.Targets[i]) {
					least = min(least, net.distance(f, i, label, to))
				}
			}
			square := 0.0
			for j := i * size; j < (i+1)*size; j++ {
				if !(images[j] >= 0 && images[j] <= 1) {
					t.Fatalf("value %d is %g", j, images[j])
				}
				square += math.Pow(float64(images[j]-f.Pixels[j]), 2)
			}
			// A third class between the two makes the way to a target longer.
			if got := math.Sqrt(square); got < 0.999*least || got > 1.05*least && !targeted {
				t.Errorf("face %d: changed by %g, the least is %g", i, got, least)
			}
		}
	})
}

func TestCarliniWagnerConfidence(t *testing.T) {
	net := newLinear(4)
	f := net.faces(6, false)
	images, err := attack.CarliniWagner{Confidence: 2, Steps: 300, BinarySteps: 8, Rate: 0.005, InitialConst: 0.1}.Run(net, f)
	if err != nil {
		t.Fatal(err)
	}
	logits := make([]float32, 6*attack.Classes)
	_ = net.Logits(images, logits)
	for i, label := range f.Labels {
		best := float32(math.Inf(-1))
		for k, z := range logits[i*attack.Classes : (i+1)*attack.Classes] {
			if k != label {
				best = max(best, z)
			}
		}
		if lead := best - logits[i*attack.Classes+label]; lead < 1.999 {
			t.Errorf("face %d: margin %g, want 2 or more", i, lead)
		}
	}
}

// From a constant that is far too small the search goes up until the attack succeeds.
func TestCarliniWagnerConstants(t *testing.T) {
	net := newLinear(4)
	f := net.faces(12, false)
	run := func(first float32, constants int) (images []float32, lengths []float64) {
		t.Helper()
		images, err := attack.CarliniWagner{Steps: 60, BinarySteps: constants, Rate: 0.01, InitialConst: first}.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Labels {
			square := 0.0
			for j := i * size; j < (i+1)*size; j++ {
				square += math.Pow(float64(images[j]-f.Pixels[j]), 2)
			}
			lengths = append(lengths, math.Sqrt(square))
		}
		return images, lengths
	}
	small, unchanged := run(1e-6, 1)
	if n := successes(t, net, f, small); n != 0 || slices.Max(unchanged) != 0 {
		t.Errorf("%d attacks succeeded with a constant of 1e-6, changes up to %g: want none", n, slices.Max(unchanged))
	}
	grown, _ := run(1e-6, 8)
	if n := successes(t, net, f, grown); n != 12 {
		t.Errorf("%d of 12 attacks succeeded after 8 constants from 1e-6 on", n)
	}
}
