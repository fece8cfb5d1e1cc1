package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// firstShare of the image is covered by the first squares.
const firstShare = 0.8

// Square is random search by the logits alone, without gradients (Andriushchenko et al., arXiv:1912.00049): squares of one color at
// the ends of the ball, kept where they help.
type Square struct {
	Eps     float32 // largest change of a value, above 0 to 1
	Queries int     // answers asked for each face, 1 or more; none once the attack succeeded
	Seed    uint64
}

// Run returns the faces, attacked: within Eps of them and in [0, 1].
func (a Square) Run(net Network, faces *Faces) ([]float32, error) {
	switch {
	case !(a.Eps > 0 && a.Eps <= 1):
		return nil, fmt.Errorf("attack: eps is %g, want above 0, at most 1", a.Eps)
	case a.Queries < 1:
		return nil, fmt.Errorf("attack: %d queries, want 1 or more", a.Queries)
	}
	if err := faces.check(); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	n, size := len(faces.Labels), faces.size()
	// A source of random numbers for each face: what happens to one does not change the others.
	random := make([]*rand.Rand, n)
	best, x := make([]float32, n*size), make([]float32, n*size)
	for i := range random {
		random[i] = rand.New(rand.NewPCG(a.Seed, uint64(i)))
		a.stripes(best[i*size:(i+1)*size], faces, i, random[i])
	}
	s := newBlackBox(net, faces, margin, n)
	values, live := make([]float32, n), faces.all()
	for query := range a.Queries {
		for i, face := range live {
			copy(x[i*size:(i+1)*size], best[face*size:(face+1)*size])
			if query > 0 {
				a.square(x[i*size:(i+1)*size], faces, face, squareSide(query, a.Queries, faces.Height, faces.Width), random[face])
			}
		}
		if err := s.score(x[:len(live)*size], live); err != nil {
			return nil, err
		}
		if live = s.keep(best, values, x, live, query == 0); len(live) == 0 {
			break
		}
	}
	return best, nil
}

// stripes fills x with face i and a change of a whole Eps, up or down, for each column and channel.
func (a Square) stripes(x []float32, faces *Faces, i int, random *rand.Rand) {
	row := make([]float32, faces.Width*3)
	for k := range row {
		row[k] = a.end(random)
	}
	for k, v := range faces.image(i) {
		x[k] = max(min(v+row[k%len(row)], 1), 0)
	}
}

// square moves a square of x at a random place by a whole Eps, up or down for each channel, within the ball around face i.
func (a Square) square(x []float32, faces *Faces, i, side int, random *rand.Rand) {
	row, col := random.IntN(faces.Height-side+1), random.IntN(faces.Width-side+1)
	change := [3]float32{a.end(random), a.end(random), a.end(random)}
	image := faces.image(i)
	for r := row; r < row+side; r++ {
		for k := (r*faces.Width + col) * 3; k < (r*faces.Width+col+side)*3; k++ {
			// The face, not x, is moved: the search stays at the ball's ends.
			x[k] = max(min(image[k]+change[k%3], 1), 0)
		}
	}
}

func (a Square) end(random *rand.Rand) float32 {
	if random.Uint64()&1 == 0 {
		return -a.Eps
	}
	return a.Eps
}

// squareSide is the side in pixels of the square tried at a query of so many: the paper's schedule, which is for 10,000.
func squareSide(query, queries, height, width int) int {
	part := firstShare
	for _, halving := range [...]int{10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000} {
		if query*10_000/queries > halving {
			part /= 2
		}
	}
	side := int(math.RoundToEven(math.Sqrt(part * float64(height) * float64(width))))
	return max(min(side, height-1, width-1), 1)
}
