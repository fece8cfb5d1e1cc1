package attack

import "fmt"

// ascent evaluates an objective on images made from faces. What it found stands in it until it looks again.
type ascent struct {
	net       Network
	faces     *Faces
	objective objective

	logits     []float32 // [n, Classes]
	cotangents []float32 // [n, Classes]
	values     []float32 // [n]: the objective
	won        []bool    // [n]: the image is what the attack is after
	slope      []float32 // [n, size]: the objective's gradient at the images
}

// newLook has room to look at so many images at a time.
func newLook(net Network, faces *Faces, climbed objective, most int) *ascent {
	return &ascent{
		net: net, faces: faces, objective: climbed,
		logits: make([]float32, most*Classes), cotangents: make([]float32, most*Classes),
		values: make([]float32, most), won: make([]bool, most),
	}
}

// newAscent has room to climb, too.
func newAscent(net Network, faces *Faces, climbed objective, most int) *ascent {
	a := newLook(net, faces, climbed, most)
	a.slope = make([]float32, most*faces.size())
	return a
}

// look evaluates images x, [len(who), size], that were made from the faces who.
func (a *ascent) look(x []float32, who []int) error {
	logits := a.logits[:len(who)*Classes]
	if err := a.net.Logits(x, logits); err != nil {
		return fmt.Errorf("attack: %w", err)
	}
	for i, face := range who {
		z := logits[i*Classes : (i+1)*Classes]
		label, target := a.faces.Labels[face], a.faces.target(face)
		a.values[i] = a.objective(z, a.cotangents[i*Classes:(i+1)*Classes], label, target)
		a.won[i] = reached(z, label, target)
	}
	return nil
}

// keep puts those of the images x that were just looked at into best, [n, size] with their values [n], which broke their face or are
// better than what stands there; anyway takes them all. It returns the faces of who that are not broken, in who's own memory.
func (a *ascent) keep(best, values, x []float32, who []int, anyway bool) (left []int) {
	size := a.faces.size()
	left = who[:0]
	for i, face := range who {
		if anyway || a.won[i] || a.values[i] > values[face] {
			copy(best[face*size:(face+1)*size], x[i*size:(i+1)*size])
			values[face] = a.values[i]
		}
		if !a.won[i] {
			left = append(left, face)
		}
	}
	return left
}

// climb evaluates images as look does, and their gradients.
func (a *ascent) climb(x []float32, who []int) error {
	if err := a.look(x, who); err != nil {
		return err
	}
	if err := a.net.Gradient(x, a.cotangents[:len(who)*Classes], a.slope[:len(x)]); err != nil {
		return fmt.Errorf("attack: %w", err)
	}
	return nil
}

// Broken tells which images made from the faces, [n, height, width, 3], are what an attack is after: taken for the target, or else for
// anything but the label.
func Broken(net Network, faces *Faces, images []float32) ([]bool, error) {
	if err := faces.check(); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	if len(images) != len(faces.Pixels) {
		return nil, fmt.Errorf("attack: %d values of images, want %d, as many as of the faces", len(images), len(faces.Pixels))
	}
	a := newLook(net, faces, margin, len(faces.Labels))
	return a.won, a.look(images, faces.all())
}
