package attack

import "math/rand/v2"

// laying lays a patch onto a face in a way drawn by lot, and takes the slopes back to it the same way.
type laying interface {
	// lay fills x with face i and the patch on it.
	lay(x []float32, faces *Faces, i int, patch []float32, random *rand.Rand)
	// lift fills slope, [side, side, 3], with the slopes by the patch for those by the image that lay made last.
	lift(slope, image []float32, faces *Faces)
}

func (a Universal) laying() laying {
	if a.Worn == nil {
		return &flat{side: a.Side, at: a.At}
	}
	return &worn{Variation: a.Worn, side: a.Side, at: a.At, shown: make([]float32, a.Side*a.Side*3)}
}

// flat lays patches as they are.
type flat struct {
	side int
	at   *Place // nil: anywhere
	last Place
}

func (f *flat) lay(x []float32, faces *Faces, i int, patch []float32, random *rand.Rand) {
	if f.at != nil {
		f.last = *f.at
	} else {
		f.last = Place{random.IntN(faces.Height - f.side + 1), random.IntN(faces.Width - f.side + 1)}
	}
	paste(x, faces, i, patch, f.side, f.last)
}

func (f *flat) lift(slope, image []float32, faces *Faces) { cut(slope, image, faces, f.side, f.last) }

// worn lays patches as they may be worn.
type worn struct {
	*Variation

	side  int
	at    *Place    // nil: anywhere
	shown []float32 // the patch's colors on the face
	last  pose
}

func (w *worn) lay(x []float32, faces *Faces, i int, patch []float32, random *rand.Rand) {
	w.last = w.draw(random, faces, w.side, w.at)
	w.show(w.shown, patch, w.last)
	w.last.wear(x, faces, i, w.shown, w.side)
}

func (w *worn) lift(slope, image []float32, faces *Faces) {
	w.last.wearBack(slope, image, faces, w.side)
	w.showBack(slope, w.shown, w.last)
}
