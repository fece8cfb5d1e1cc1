package attack

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// FGSM is one signed step of the gradient (Goodfellow et al., arXiv:1412.6572).
type FGSM struct {
	Eps float32 // largest change of a value, above 0 to 1
}

// Run returns the faces, attacked: within Eps of them and in [0, 1].
func (a FGSM) Run(net Network, faces *Faces) ([]float32, error) {
	return BIM{Eps: a.Eps, Step: a.Eps, Iterations: 1}.Run(net, faces)
}

// BIM is many small signed steps, each projected back to the ball around the face (Kurakin et al., arXiv:1607.02533).
type BIM struct {
	Eps        float32 // largest change of a value, above 0 to 1
	Step       float32 // above 0
	Iterations int     // 1 or more
}

// Run returns the faces, attacked: within Eps of them and in [0, 1].
func (a BIM) Run(net Network, faces *Faces) ([]float32, error) {
	if err := a.check(faces); err != nil {
		return nil, err
	}
	x := slices.Clone(faces.Pixels)
	return x, a.ascend(newWhiteBox(net, faces, entropy, len(faces.Labels)), x, faces.all())
}

func (a BIM) check(faces *Faces) error {
	switch {
	case !(a.Eps > 0 && a.Eps <= 1):
		return fmt.Errorf("attack: eps is %g, want above 0, at most 1", a.Eps)
	case !(a.Step > 0 && a.Step <= 1):
		return fmt.Errorf("attack: step is %g, want above 0, at most 1", a.Step)
	case a.Iterations < 1:
		return fmt.Errorf("attack: %d iterations, want 1 or more", a.Iterations)
	}
	if err := faces.check(); err != nil {
		return fmt.Errorf("attack: %w", err)
	}
	return nil
}

// ascend takes the gradient steps on x, [len(index), size], in place.
func (a BIM) ascend(s *search, x []float32, index []int) error {
	size := s.faces.size()
	for range a.Iterations {
		if err := s.differentiate(x, index); err != nil {
			return err
		}
		for i, face := range index {
			a.step(x[i*size:(i+1)*size], s.faces.image(face), s.gradients[i*size:(i+1)*size])
		}
	}
	return nil
}

// step moves x along the signs of its gradient and back into the ball around start. In this order and in float32, as ART does: a
// last digit that differs would turn signs later.
func (a BIM) step(x, start, gradient []float32) {
	for k, g := range gradient {
		v := x[k]
		switch {
		case g > 0:
			v = min(v+a.Step, 1)
		case g < 0:
			v = max(v-a.Step, 0)
		}
		x[k] = start[k] + max(min(v-start[k], a.Eps), -a.Eps)
	}
}

// PGD is BIM from random places of the ball (Madry et al., arXiv:1706.06083), so many times, and for each face the best.
type PGD struct {
	Eps        float32 // largest change of a value, above 0 to 1
	Step       float32 // above 0
	Iterations int     // 1 or more
	Restarts   int     // 1 or more; not for faces whose attack succeeded
	Seed       uint64
}

// Run returns the faces, attacked: within Eps of them and in [0, 1]; where no start succeeded, the image of the highest loss.
func (a PGD) Run(net Network, faces *Faces) ([]float32, error) {
	steps := BIM{a.Eps, a.Step, a.Iterations}
	if err := steps.check(faces); err != nil {
		return nil, err
	}
	if a.Restarts < 1 {
		return nil, fmt.Errorf("attack: %d restarts, want 1 or more", a.Restarts)
	}
	size, index := faces.size(), faces.all()
	s := newWhiteBox(net, faces, entropy, len(index))
	best, values := slices.Clone(faces.Pixels), make([]float32, len(index))
	x := make([]float32, len(faces.Pixels))
	for run := range a.Restarts {
		random := rand.New(rand.NewPCG(a.Seed, uint64(run)))
		for i, face := range index {
			a.start(x[i*size:(i+1)*size], faces.image(face), random)
		}
		tried := x[:len(index)*size]
		if err := steps.ascend(s, tried, index); err != nil {
			return nil, err
		}
		if err := s.score(tried, index); err != nil {
			return nil, err
		}
		if index = s.keep(best, values, x, index, run == 0); len(index) == 0 {
			break
		}
	}
	return best, nil
}

// start fills x with a random place of the ball around an image.
func (a PGD) start(x, image []float32, random *rand.Rand) {
	for k, v := range image {
		x[k] = max(min(v+float32(a.Eps*(2*random.Float32()-1)), 1), 0)
	}
}
