package attack

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// EOT is the range of transforms that a patch in the world undergoes: it is turned, nearer or farther, in another light, and printed.
// A patch made for many of them works in the world (expectation over transformation, Athalye et al., arXiv:1707.07397).
// training/attacks/placing.py does the same.
type EOT struct {
	Turn    float64    // largest angle to either side, radians, 0 to pi
	Scale   [2]float64 // factor on the side, from and to, above 0
	Gain    [2]float64 // factor of the light on the colors, from and to, 0 or more
	Offset  [2]float64 // light added, from and to, -1 to 1
	Printed bool       // colors as paper shows them
}

// Paper is a sticker on a face, from an office printer.
func Paper() EOT {
	return EOT{Turn: math.Pi / 8, Scale: [2]float64{0.8, 1.2}, Gain: [2]float64{0.7, 1.2}, Offset: [2]float64{-0.05, 0.05}, Printed: true}
}

// Apply returns the faces with one patch, [side, side, 3], on each. Every face has a random transform, at a place, or anywhere if that is nil.
func (e EOT) Apply(faces *Faces, patch []float32, side int, at *Place, seed uint64) ([]float32, error) {
	if err := errors.Join(faces.check(), e.check()); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	if len(patch) != side*side*3 {
		return nil, fmt.Errorf("attack: %d values of a patch of side %d, want %d", len(patch), side, side*side*3)
	}
	var places []Place
	if at != nil {
		places = []Place{*at}
	}
	if err := checkPlaces(faces, side, places); err != nil {
		return nil, err
	}
	t := &transformed{EOT: &e, side: side, at: at, colors: make([]float32, len(patch))}
	random, size := rand.New(rand.NewPCG(seed, 0)), faces.size()
	images := make([]float32, len(faces.Pixels))
	for i := range faces.Labels {
		t.apply(images[i*size:(i+1)*size], faces, i, patch, random)
	}
	return images, nil
}

func (e *EOT) check() error {
	switch {
	case !(e.Turn >= 0 && e.Turn <= math.Pi):
		return fmt.Errorf("turn is %g, want 0 to pi", e.Turn)
	case !(e.Scale[0] > 0 && e.Scale[0] <= e.Scale[1]):
		return fmt.Errorf("scale from %g to %g, want above 0, the smaller first", e.Scale[0], e.Scale[1])
	case !(e.Gain[0] >= 0 && e.Gain[0] <= e.Gain[1]):
		return fmt.Errorf("gain from %g to %g, want 0 or more, the smaller first", e.Gain[0], e.Gain[1])
	case !(e.Offset[0] >= -1 && e.Offset[0] <= e.Offset[1] && e.Offset[1] <= 1):
		return fmt.Errorf("offset from %g to %g, want -1 to 1, the smaller first", e.Offset[0], e.Offset[1])
	}
	return nil
}

// draw chooses a random pose: at a place, or where the patch lies inside the face but for turned corners.
func (e *EOT) draw(random *rand.Rand, faces *Faces, side int, at *Place) pose {
	between := func(ends [2]float64) float64 { return ends[0] + random.Float64()*(ends[1]-ends[0]) }
	p := pose{angle: between([2]float64{-e.Turn, e.Turn}), scale: between(e.Scale), gain: float32(between(e.Gain)), offset: float32(between(e.Offset))}
	if at != nil {
		p.row, p.col = float64(at.Row), float64(at.Col)
		return p
	}
	grown := (p.scale - 1) * float64(side) / 2
	inside := func(length int) float64 {
		return math.RoundToEven(grown + random.Float64()*max(0, float64(length-side)-2*grown))
	}
	p.row, p.col = inside(faces.Height), inside(faces.Width)
	return p
}

// What a printer does to colors: less saturated, and neither black nor white.
const black, white, saturation = 0.1, 0.9, 0.8

// The parts of red, green and blue in a color's brightness (ITU-R BT.601).
const redPart, greenPart, bluePart = 0.299, 0.587, 0.114

// color fills colors with those of a patch in a pose, both [side, side, 3].
func (e *EOT) color(colors, patch []float32, p pose) {
	for i := 0; i < len(patch); i += 3 {
		gray := redPart*patch[i] + greenPart*patch[i+1] + bluePart*patch[i+2]
		for k := range 3 {
			c := patch[i+k]
			if e.Printed {
				c = black + (white-black)*(gray+saturation*(c-gray))
			}
			colors[i+k] = max(0, min(1, c*p.gain+p.offset))
		}
	}
}

// colorGradient turns a gradient by the colors, in place, into that by the patch.
func (e *EOT) colorGradient(gradient, colors []float32, p pose) {
	for i := 0; i < len(gradient); i += 3 {
		g := gradient[i : i+3]
		for k := range 3 {
			if c := colors[i+k]; c <= 0 || c >= 1 { // clipped
				g[k] = 0
			}
			g[k] *= p.gain
		}
		if !e.Printed {
			continue
		}
		sum := (g[0] + g[1] + g[2]) * (white - black) * (1 - saturation)
		for k, part := range [...]float32{redPart, greenPart, bluePart} {
			g[k] = (white-black)*saturation*g[k] + part*sum
		}
	}
}
