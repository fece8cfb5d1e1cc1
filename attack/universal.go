package attack

import (
	"fmt"
	"math/rand/v2"
)

// enough is the margin from which a face counts no more.
const enough = 2

// Universal makes one square patch for all faces (Brown et al., arXiv:1712.09665): it works on any of them, at any place.
type Universal struct {
	Side  int     // in pixels
	Steps int     // 1 or more
	Batch int     // random faces for each step; 0: all faces
	Rate  float32 // Adam's, above 0; with Plain the factor on the gradient
	Plain bool    // steps by the mean gradient itself, as ART's AdversarialPatch, in place of Adam
	At    *Place  // the one place; nil: a random one for each face and step
	EOT   *EOT    // a random transform for each face and step; nil: upright, at its own size, in its own colors
	Seed  uint64
}

// Run returns the patch, [side, side, 3] in [0, 1], from mid-gray on.
func (a Universal) Run(net Network, faces *Faces) ([]float32, error) {
	if err := a.check(faces); err != nil {
		return nil, err
	}
	batch := a.Batch
	if batch == 0 {
		batch = len(faces.Labels)
	}
	o := objective(entropy)
	if faces.Targets == nil {
		o = cappedMargin
	}
	s, size := newWhiteBox(net, faces, o, batch), faces.size()
	one := a.Side * a.Side * 3
	patch, gradient, mean := make([]float32, one), make([]float32, one), make([]float32, one)
	for i := range patch {
		patch[i] = 0.5
	}
	x, index, transforms := make([]float32, batch*size), make([]int, batch), make([]transform, batch)
	for i := range transforms {
		transforms[i] = a.transform()
	}
	random, optimizer := rand.New(rand.NewPCG(a.Seed, 0)), newAdam(one)
	for k := 1; k <= a.Steps; k++ {
		for i := range index {
			if index[i] = i; a.Batch != 0 {
				index[i] = random.IntN(len(faces.Labels))
			}
			transforms[i].apply(x[i*size:(i+1)*size], faces, index[i], patch, random)
		}
		if err := s.differentiate(x, index); err != nil {
			return nil, err
		}
		clear(mean)
		for i, t := range transforms {
			t.gradient(gradient, s.gradients[i*size:(i+1)*size], faces)
			for j, g := range gradient {
				mean[j] += g / float32(batch)
			}
		}
		a.step(patch, mean, optimizer, k)
	}
	return patch, nil
}

func (a Universal) check(faces *Faces) error {
	switch {
	case a.Steps < 1 || a.Batch < 0:
		return fmt.Errorf("attack: %d steps on %d faces each, want 1 or more on 1 or more, or 0 for all", a.Steps, a.Batch)
	case !(a.Rate > 0):
		return fmt.Errorf("attack: rate is %g, want above 0", a.Rate)
	}
	if err := faces.check(); err != nil {
		return fmt.Errorf("attack: %w", err)
	}
	if a.EOT != nil {
		if err := a.EOT.check(); err != nil {
			return fmt.Errorf("attack: %w", err)
		}
	}
	if a.At == nil {
		return checkPlaces(faces, a.Side, nil)
	}
	return checkPlaces(faces, a.Side, []Place{*a.At})
}

func (a Universal) step(patch, mean []float32, optimizer *adam, k int) {
	if a.Plain {
		for i, g := range mean {
			patch[i] += a.Rate * g
		}
	} else {
		optimizer.step(patch, mean, 0, k, a.Rate)
	}
	for i, v := range patch {
		patch[i] = max(min(v, 1), 0)
	}
}

// cappedMargin is the margin, capped: a face far beyond success must not outweigh those that withstand.
func cappedMargin(logits, cotangent []float32, label, target int) float32 {
	value := margin(logits, cotangent, label, target)
	if value > enough {
		clear(cotangent)
		return enough
	}
	return value
}
