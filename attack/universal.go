package attack

import (
	"fmt"
	"math/rand/v2"
)

// safe is the margin beyond which a face is broken for good, and no longer climbed.
const safe = 2

// Universal makes one square patch for all faces (Brown et al., arXiv:1712.09665): it is to work on any of them, at any place.
type Universal struct {
	Side  int        // in pixels
	Steps int        // 1 or more
	Batch int        // faces drawn for a step; 0: all of them, each step
	Rate  float32    // Adam's, above 0; with Plain the factor on the gradient
	Plain bool       // climbs by the mean gradient itself, as ART's AdversarialPatch, in place of Adam
	At    *Place     // the one place; nil: anywhere, drawn for each face and step
	Worn  *Variation // drawn for each face and step; nil: upright, at its own size, in its own colors
	Seed  uint64
}

// Run returns the patch, [side, side, 3] in [0, 1], begun in mid-gray.
func (a Universal) Run(net Network, faces *Faces) ([]float32, error) {
	if err := a.check(faces); err != nil {
		return nil, err
	}
	batch := a.Batch
	if batch == 0 {
		batch = len(faces.Labels)
	}
	climbed := objective(entropy)
	if faces.Targets == nil {
		climbed = safeMargin
	}
	up, size := newAscent(net, faces, climbed, batch), faces.size()
	one := a.Side * a.Side * 3
	patch, slope, mean := make([]float32, one), make([]float32, one), make([]float32, one)
	for i := range patch {
		patch[i] = 0.5
	}
	x, who, worn := make([]float32, batch*size), make([]int, batch), make([]laying, batch)
	for i := range worn {
		worn[i] = a.laying()
	}
	random, optimizer := rand.New(rand.NewPCG(a.Seed, 0)), newAdam(one)
	for k := 1; k <= a.Steps; k++ {
		for i := range who {
			if who[i] = i; a.Batch != 0 {
				who[i] = random.IntN(len(faces.Labels))
			}
			worn[i].lay(x[i*size:(i+1)*size], faces, who[i], patch, random)
		}
		if err := up.climb(x, who); err != nil {
			return nil, err
		}
		clear(mean)
		for i := range worn {
			worn[i].lift(slope, up.slope[i*size:(i+1)*size], faces)
			for j, g := range slope {
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
	if a.Worn != nil {
		if err := a.Worn.check(); err != nil {
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

// safeMargin is the margin, cut where a face is broken for good: one that is lost by far must not outweigh those that are not.
func safeMargin(logits, cotangent []float32, label, target int) float32 {
	value := margin(logits, cotangent, label, target)
	if value > safe {
		clear(cotangent)
		return safe
	}
	return value
}
