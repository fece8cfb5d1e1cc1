package attack

import "fmt"

// search is an objective on images that were made from faces. Its results stay until the next step.
type search struct {
	net       Network
	faces     *Faces
	objective objective

	logits     []float32 // [n, Classes]
	cotangents []float32 // [n, Classes]
	values     []float32 // [n]: the objective
	succeeded  []bool    // [n]: the network answers as the attack wants
	gradients  []float32 // [n, size]: of the objective, by the images
}

// newBlackBox has room for so many images at a time, and needs no gradients.
func newBlackBox(net Network, faces *Faces, o objective, most int) *search {
	return &search{
		net: net, faces: faces, objective: o,
		logits: make([]float32, most*Classes), cotangents: make([]float32, most*Classes),
		values: make([]float32, most), succeeded: make([]bool, most),
	}
}

// newWhiteBox has room for gradients, too.
func newWhiteBox(net Network, faces *Faces, o objective, most int) *search {
	s := newBlackBox(net, faces, o, most)
	s.gradients = make([]float32, most*faces.size())
	return s
}

// score asks the network about images x, [len(index), size], that were made from the faces of these numbers.
func (s *search) score(x []float32, index []int) error {
	logits := s.logits[:len(index)*Classes]
	if err := s.net.Logits(x, logits); err != nil {
		return fmt.Errorf("attack: %w", err)
	}
	for i, face := range index {
		z := logits[i*Classes : (i+1)*Classes]
		label, target := s.faces.Labels[face], s.faces.target(face)
		s.values[i] = s.objective(z, s.cotangents[i*Classes:(i+1)*Classes], label, target)
		s.succeeded[i] = succeeds(z, label, target)
	}
	return nil
}

// differentiate scores images, and takes their gradients.
func (s *search) differentiate(x []float32, index []int) error {
	if err := s.score(x, index); err != nil {
		return err
	}
	if err := s.net.Gradient(x, s.cotangents[:len(index)*Classes], s.gradients[:len(x)]); err != nil {
		return fmt.Errorf("attack: %w", err)
	}
	return nil
}

// keep copies the images x that were scored last into best, [n, size] with their values [n], where they succeeded or their value is higher
// than the one in values. With all, every image is copied. It returns the faces that still withstand, in index's own memory.
func (s *search) keep(best, values, x []float32, index []int, all bool) (left []int) {
	size := s.faces.size()
	left = index[:0]
	for i, face := range index {
		if all || s.succeeded[i] || s.values[i] > values[face] {
			copy(best[face*size:(face+1)*size], x[i*size:(i+1)*size])
			values[face] = s.values[i]
		}
		if !s.succeeded[i] {
			left = append(left, face)
		}
	}
	return left
}

// Succeeded reports for which images, [n, height, width, 3], an attack on the faces succeeded: the network answers the target, or without
// targets anything but the label.
func Succeeded(net Network, faces *Faces, images []float32) ([]bool, error) {
	if err := faces.check(); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	if len(images) != len(faces.Pixels) {
		return nil, fmt.Errorf("attack: %d values of images, want %d, as many as of the faces", len(images), len(faces.Pixels))
	}
	s := newBlackBox(net, faces, margin, len(faces.Labels))
	return s.succeeded, s.score(images, faces.all())
}
