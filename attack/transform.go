package attack

import "math/rand/v2"

// transform applies a patch to a face, with what is random about it, and leads gradients back to the patch.
type transform interface {
	// apply fills x with face i and the patch on it.
	apply(x []float32, faces *Faces, i int, patch []float32, random *rand.Rand)
	// gradient fills byPatch, [side, side, 3], from the gradient by the image that apply made last.
	gradient(byPatch, byImage []float32, faces *Faces)
}

func (a Universal) transform() transform {
	if a.EOT == nil {
		return &pasted{side: a.Side, at: a.At}
	}
	return &transformed{EOT: a.EOT, side: a.Side, at: a.At, colors: make([]float32, a.Side*a.Side*3)}
}

// pasted applies patches as they are.
type pasted struct {
	side int
	at   *Place // nil: anywhere
	last Place
}

func (p *pasted) apply(x []float32, faces *Faces, i int, patch []float32, random *rand.Rand) {
	if p.at != nil {
		p.last = *p.at
	} else {
		p.last = Place{random.IntN(faces.Height - p.side + 1), random.IntN(faces.Width - p.side + 1)}
	}
	paste(x, faces, i, patch, p.side, p.last)
}

func (p *pasted) gradient(byPatch, byImage []float32, faces *Faces) {
	cut(byPatch, byImage, faces, p.side, p.last)
}

// transformed applies patches turned, scaled and lit.
type transformed struct {
	*EOT

	side   int
	at     *Place    // nil: anywhere
	colors []float32 // of the patch, on the face
	last   pose
}

func (t *transformed) apply(x []float32, faces *Faces, i int, patch []float32, random *rand.Rand) {
	t.last = t.draw(random, faces, t.side, t.at)
	t.color(t.colors, patch, t.last)
	t.last.apply(x, faces, i, t.colors, t.side)
}

func (t *transformed) gradient(byPatch, byImage []float32, faces *Faces) {
	t.last.gradient(byPatch, byImage, faces, t.side)
	t.colorGradient(byPatch, t.colors, t.last)
}
