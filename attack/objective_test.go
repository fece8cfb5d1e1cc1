package attack

import (
	"math"
	"testing"
)

// Each objective has the value that its definition gives, and the derivatives that small steps find.
func TestObjectives(t *testing.T) {
	logits := []float32{1.5, -0.5, 2}
	total := math.Exp(1.5) + math.Exp(-0.5) + math.Exp(2)
	for _, c := range []struct {
		name          string
		objective     objective
		label, target int
		want          float64
	}{
		{"entropy of the label", entropy, 0, -1, math.Log(total) - 1.5},
		{"entropy of the target", entropy, 0, 1, -0.5 - math.Log(total)},
		{"margin over the label", margin, 0, -1, 0.5},
		{"margin below the label", margin, 2, -1, -0.5},
		{"margin of the target", margin, 0, 1, -2.5},
		{"margin of a target that leads", margin, 0, 2, 0.5},
		{"capped margin", cappedMargin, 1, -1, 2},
		{"capped margin below the cap", cappedMargin, 2, -1, -0.5},
	} {
		cotangent, other := make([]float32, 3), make([]float32, 3)
		if got := float64(c.objective(logits, cotangent, c.label, c.target)); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
		for k := range logits {
			const step = 1.0 / 64
			up, down := append([]float32(nil), logits...), append([]float32(nil), logits...)
			up[k] += step
			down[k] -= step
			got := float64(c.objective(up, other, c.label, c.target)-c.objective(down, other, c.label, c.target)) / (2 * step)
			if math.Abs(got-float64(cotangent[k])) > 1e-3 {
				t.Errorf("%s: derivative %d is %g, a step finds %g", c.name, k, cotangent[k], got)
			}
		}
	}
}

// Large logits overflow nothing, and of equal others the first counts.
func TestObjectivesAtTheEnds(t *testing.T) {
	cotangent := make([]float32, 3)
	if v := entropy([]float32{1000, 0, -1000}, cotangent, 2, -1); v != 2000 || cotangent[0] != 1 || cotangent[2] != -1 {
		t.Errorf("%g, %v", v, cotangent)
	}
	if v := margin([]float32{0, 3, 3}, cotangent, 0, -1); v != 3 || cotangent[1] != 1 || cotangent[2] != 0 {
		t.Errorf("%g, %v", v, cotangent)
	}
}
