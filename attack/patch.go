package attack

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	momentum  = 0.9
	finalists = 2
	group     = 8 // faces worked on at a time, for memory: a candidate is an image and its gradient
)

// Patch makes a square of any content for each face, at the best of its places: signed steps with momentum (Dong et al.,
// arXiv:1710.06081) on the square's pixels alone; places are tried as in successive halving (arXiv:1502.07943), all for a few steps,
// then the more promising for longer.
type Patch struct {
	Side       int     // in pixels
	Places     []Place // tried for each face, one or more: see Grid
	Iterations int     // 1 or more
	Step       float32 // above 0 to 1; it falls linearly to a twentieth
	Exhaust    bool    // use all iterations and keep the best; without it a face is done once its attack succeeded
	Seed       uint64
}

// Patched are faces with their patches.
type Patched struct {
	Images  []float32 // [n, height, width, 3]
	Patches []float32 // [n, side, side, 3]
	Places  []Place   // [n]
	Values  []float32 // [n]: the margin by which the label is lost or the target reached, above 0 where the attack succeeded
}

// Run makes the patches.
func (a Patch) Run(net Network, faces *Faces) (*Patched, error) {
	if err := faces.check(); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	if err := checkPlaces(faces, a.Side, a.Places); err != nil {
		return nil, err
	}
	switch {
	case len(a.Places) == 0:
		return nil, fmt.Errorf("attack: no place for the patch, want one or more")
	case a.Iterations < 1:
		return nil, fmt.Errorf("attack: %d iterations, want 1 or more", a.Iterations)
	case !(a.Step > 0 && a.Step <= 1):
		return nil, fmt.Errorf("attack: step is %g, want above 0, at most 1", a.Step)
	}
	n, most := len(faces.Labels), min(group, len(faces.Labels))*len(a.Places)
	w := &patching{
		Patch: a, search: newWhiteBox(net, faces, margin, most), x: make([]float32, most*faces.size()), gradient: make([]float32, a.Side*a.Side*3),
		best: &Patched{
			Images: slices.Clone(faces.Pixels), Patches: make([]float32, n*a.Side*a.Side*3), Places: make([]Place, n),
			Values: slices.Repeat([]float32{float32(math.Inf(-1))}, n),
		},
	}
	for from := 0; from < n; from += group {
		if err := w.run(from, min(from+group, n)); err != nil {
			return nil, err
		}
	}
	return w.best, nil
}

// candidate is a patch in the making.
type candidate struct {
	face              int
	place             Place
	score             float32
	content, velocity []float32 // [side, side, 3]
}

// patching is the work of one attack.
type patching struct {
	Patch
	search   *search
	x        []float32 // [candidates, size]
	gradient []float32 // [side, side, 3]
	best     *Patched
}

// run makes the patches of the faces from one to before another.
func (w *patching) run(from, to int) error {
	var all []*candidate
	for face := from; face < to; face++ {
		for i, place := range w.Places {
			random := rand.New(rand.NewPCG(w.Seed, uint64(face)<<32|uint64(i)))
			c := &candidate{face: face, place: place, content: make([]float32, len(w.gradient)), velocity: make([]float32, len(w.gradient))}
			for k := range c.content {
				c.content[k] = random.Float32()
			}
			all = append(all, c)
		}
	}
	done := 0
	for _, round := range [...]struct{ most, steps int }{{25, 3}, {6, 8}, {finalists, w.Iterations}} {
		all = w.promising(all, round.most)
		until := min(done+round.steps, w.Iterations)
		for _, c := range all {
			clear(c.velocity)
		}
		for k := done; k <= until && len(all) > 0; k++ {
			rate := float32(0) // the last time only to score the last step
			if k < until {
				rate = w.Step * (1 - 0.95*float32(k)/float32(w.Iterations))
			}
			if err := w.step(all, rate); err != nil {
				return err
			}
			all = w.promising(all, len(all))
		}
		done = until
	}
	return nil
}

// promising are the so many best candidates of each face that still withstands, by face.
func (w *patching) promising(all []*candidate, most int) []*candidate {
	slices.SortStableFunc(all, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.face, b.face), -cmp.Compare(a.score, b.score))
	})
	kept, of := all[:0], 0
	for i, c := range all {
		if i == 0 || c.face != all[i-1].face {
			of = 0
		}
		if of++; of <= most && (w.Exhaust || w.best.Values[c.face] <= 0) {
			kept = append(kept, c)
		}
	}
	return kept
}

// step scores the candidates, keeps the best of each face and takes a gradient step with each.
func (w *patching) step(all []*candidate, rate float32) error {
	faces, size := w.search.faces, w.search.faces.size()
	index := make([]int, len(all))
	for i, c := range all {
		index[i] = c.face
		paste(w.x[i*size:(i+1)*size], faces, c.face, c.content, w.Side, c.place)
	}
	if err := w.search.differentiate(w.x[:len(all)*size], index); err != nil {
		return err
	}
	for i, c := range all {
		c.score = w.search.values[i]
		if c.score > w.best.Values[c.face] {
			w.best.Values[c.face], w.best.Places[c.face] = c.score, c.place
			copy(w.best.Images[c.face*size:(c.face+1)*size], w.x[i*size:(i+1)*size])
			copy(w.best.Patches[c.face*len(c.content):(c.face+1)*len(c.content)], c.content)
		}
		cut(w.gradient, w.search.gradients[i*size:(i+1)*size], faces, w.Side, c.place)
		c.step(w.gradient, rate)
	}
	return nil
}

// step moves the content along the signs of its velocity, the sum of its gradients, each divided by its mean size.
func (c *candidate) step(gradient []float32, rate float32) {
	mean := 0.0
	for _, g := range gradient {
		mean += math.Abs(float64(g))
	}
	scale := float32(1 / (mean/float64(len(gradient)) + 1e-12))
	for k, g := range gradient {
		c.velocity[k] = momentum*c.velocity[k] + scale*g
		switch {
		case c.velocity[k] > 0:
			c.content[k] = min(c.content[k]+rate, 1)
		case c.velocity[k] < 0:
			c.content[k] = max(c.content[k]-rate, 0)
		}
	}
}
