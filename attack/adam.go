package attack

import "math"

// adam is the state of the optimizer (Kingma & Ba, arXiv:1412.6980, with the paper's constants) for so many values.
type adam struct{ mean, square []float32 }

func newAdam(size int) *adam { return &adam{make([]float32, size), make([]float32, size)} }

func (a *adam) reset() {
	clear(a.mean)
	clear(a.square)
}

// step adds rate times Adam's direction for a gradient to x; from counts the values before x's. k counts the steps from 1.
func (a *adam) step(x, gradient []float32, from, k int, rate float32) {
	mean, square := a.mean[from:from+len(x)], a.square[from:from+len(x)]
	first, second := float32(1-math.Pow(0.9, float64(k))), float32(1-math.Pow(0.999, float64(k)))
	for i, g := range gradient {
		mean[i] = 0.9*mean[i] + 0.1*g
		square[i] = 0.999*square[i] + 0.001*g*g
		root := float32(math.Sqrt(float64(square[i] / second)))
		x[i] += rate * (mean[i] / first) / (root + 1e-8)
	}
}
