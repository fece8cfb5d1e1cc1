package attack

import (
	"fmt"
	"math"
	"slices"
)

// tanhSmoother keeps arguments of artanh off the ends, as in ART.
const tanhSmoother = 0.999999

// CarliniWagner is the L2 attack of Carlini & Wagner (arXiv:1608.04644): the smallest change that succeeds, by Adam in tanh space. A binary
// search finds the constant that weighs success against size.
type CarliniWagner struct {
	Confidence   float32 // margin of logits from which an image counts as a success, 0 or more
	Steps        int     // for each constant, 1 or more; a face whose loss fell by less than 0.01 % in a tenth of them gets no more
	BinarySteps  int     // constants tried, 1 or more
	Rate         float32 // Adam's, above 0
	InitialConst float32 // above 0
}

// Run returns the successful images nearest to the faces; a face that withstood comes back unchanged.
func (a CarliniWagner) Run(net Network, faces *Faces) ([]float32, error) {
	switch {
	case a.Confidence < 0:
		return nil, fmt.Errorf("attack: confidence is %g, want 0 or more", a.Confidence)
	case a.Steps < 1 || a.BinarySteps < 1:
		return nil, fmt.Errorf("attack: %d steps for each of %d constants, want 1 or more", a.Steps, a.BinarySteps)
	case !(a.Rate > 0 && a.InitialConst > 0):
		return nil, fmt.Errorf("attack: rate is %g and the first constant %g, want above 0", a.Rate, a.InitialConst)
	}
	if err := faces.check(); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	d := newDescent(a, net, faces)
	n := len(faces.Labels)
	limits := slices.Repeat([]bounds{{0, math.Inf(1)}}, n)
	for range a.BinarySteps {
		if err := d.run(); err != nil {
			return nil, err
		}
		for i := range limits {
			d.constant[i] = limits[i].next(d.constant[i], d.succeeded[i])
		}
	}
	return d.best, nil
}

// bounds are the largest constant of a face that failed, and the smallest that succeeded.
type bounds struct{ low, high float64 }

// next narrows the bounds by what became of a constant, and returns the one to try next.
func (b *bounds) next(constant float64, succeeded bool) float64 {
	if succeeded {
		b.high = min(b.high, constant)
	} else {
		b.low = max(b.low, constant)
	}
	if math.IsInf(b.high, 1) {
		return constant * 10
	}
	return (b.low + b.high) / 2
}

// descent is the work of one attack on n faces.
type descent struct {
	CarliniWagner
	search    *search
	adam      *adam
	constant  []float64 // [n]
	succeeded []bool    // [n]: with the constant
	earlier   []float64 // [n]: the loss when it was last compared
	best      []float32 // [n, size]: the nearest successful images
	distance  []float64 // [n]: theirs
	w, x      []float32 // [n, size]: in tanh space, and the images, of the live faces one after the other
	gradient  []float32 // [size]
}

func newDescent(a CarliniWagner, net Network, faces *Faces) *descent {
	n, size := len(faces.Labels), faces.size()
	return &descent{
		CarliniWagner: a, search: newWhiteBox(net, faces, margin, n), adam: newAdam(n * size),
		constant: slices.Repeat([]float64{float64(a.InitialConst)}, n), succeeded: make([]bool, n), earlier: make([]float64, n),
		best: slices.Clone(faces.Pixels), distance: slices.Repeat([]float64{math.Inf(1)}, n),
		w: make([]float32, n*size), x: make([]float32, n*size), gradient: make([]float32, size),
	}
}

// run takes the steps with the present constants, and notes which faces succeeded.
func (d *descent) run() error {
	d.adam.reset()
	clear(d.succeeded)
	for i, v := range d.search.faces.Pixels {
		d.w[i] = float32(math.Atanh((2*float64(v) - 1) * tanhSmoother))
	}
	for i := range d.earlier {
		d.earlier[i] = math.Inf(1)
	}
	live, size := d.search.faces.all(), d.search.faces.size()
	every := max(d.Steps/10, 1)
	for k := 1; k <= d.Steps && len(live) > 0; k++ {
		for i, face := range live {
			w, x := d.w[face*size:(face+1)*size], d.x[i*size:(i+1)*size]
			for j := range x {
				x[j] = float32((math.Tanh(float64(w[j])) + 1) / 2)
			}
		}
		if err := d.search.differentiate(d.x[:len(live)*size], live); err != nil {
			return err
		}
		left := live[:0]
		for i, face := range live {
			total := d.step(i, face, k)
			if k%every != 0 || total <= 0.9999*d.earlier[face] {
				left = append(left, face)
			}
			if k%every == 0 {
				d.earlier[face] = total
			}
		}
		live = left
	}
	return nil
}

// step moves a face, the i-th of the live ones, and returns the loss where it was.
func (d *descent) step(i, face, k int) float64 {
	image := d.search.faces.image(face)
	size := len(image)
	x, gradient := d.x[i*size:(i+1)*size], d.search.gradients[i*size:(i+1)*size]
	value, square := d.search.values[i], 0.0
	for j, v := range x {
		square += float64(v-image[j]) * float64(v-image[j])
	}
	if value > d.Confidence || d.search.succeeded[i] && value >= d.Confidence {
		d.succeeded[face] = true
		if length := math.Sqrt(square); length < d.distance[face] {
			d.distance[face] = length
			copy(d.best[face*size:(face+1)*size], x)
		}
	}
	// The margin is maximized, so the paper's f is max(confidence - margin, 0).
	pull := float32(0)
	if value < d.Confidence {
		pull = float32(d.constant[face])
	}
	byTanh(d.gradient, x, image, gradient, pull)
	d.adam.step(d.w[face*size:(face+1)*size], d.gradient, face*size, k, -d.Rate)
	return square + d.constant[face]*max(float64(d.Confidence-value), 0)
}

// byTanh fills gradient with that of |x - image|² - pull · margin by the values in tanh space, from the margin's by x.
func byTanh(gradient, x, image, byImage []float32, pull float32) {
	for j, v := range x {
		t := 2*v - 1
		gradient[j] = (2*(v-image[j]) - pull*byImage[j]) * (1 - t*t) / 2
	}
}
