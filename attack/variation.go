package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Variation is how a patch that is worn may differ from the one that was made: askew, nearer or farther, in another light, from a printer.
// A patch made over many draws of it works in the world (expectation over transformation, Athalye et al., arXiv:1707.07397). The same
// stands in training/attacks/placing.py.
type Variation struct {
	Turn    float64    // largest angle to either side, radians, 0 to pi
	Scale   [2]float64 // factor on the side, from and to, above 0
	Gain    [2]float64 // factor of the light on the colors, from and to, 0 or more
	Offset  [2]float64 // light added, from and to, -1 to 1
	Printed bool       // colors as paper shows them
}

// Paper is a sticker on a face, from an office printer.
func Paper() Variation {
	return Variation{Turn: math.Pi / 8, Scale: [2]float64{0.8, 1.2}, Gain: [2]float64{0.7, 1.2}, Offset: [2]float64{-0.05, 0.05}, Printed: true}
}

func (v *Variation) check() error {
	switch {
	case !(v.Turn >= 0 && v.Turn <= math.Pi):
		return fmt.Errorf("turn is %g, want 0 to pi", v.Turn)
	case !(v.Scale[0] > 0 && v.Scale[0] <= v.Scale[1]):
		return fmt.Errorf("scale from %g to %g, want above 0, the smaller first", v.Scale[0], v.Scale[1])
	case !(v.Gain[0] >= 0 && v.Gain[0] <= v.Gain[1]):
		return fmt.Errorf("gain from %g to %g, want 0 or more, the smaller first", v.Gain[0], v.Gain[1])
	case !(v.Offset[0] >= -1 && v.Offset[0] <= v.Offset[1] && v.Offset[1] <= 1):
		return fmt.Errorf("offset from %g to %g, want -1 to 1, the smaller first", v.Offset[0], v.Offset[1])
	}
	return nil
}

// pose is one draw.
type pose struct {
	row, col     float64 // of the top left pixel before the patch is turned and scaled about its middle
	angle, scale float64
	gain, offset float32
}

// draw chooses a pose: at a place, or where the patch lies inside the face but for turned corners.
func (v *Variation) draw(random *rand.Rand, faces *Faces, side int, at *Place) pose {
	between := func(ends [2]float64) float64 { return ends[0] + random.Float64()*(ends[1]-ends[0]) }
	p := pose{angle: between([2]float64{-v.Turn, v.Turn}), scale: between(v.Scale), gain: float32(between(v.Gain)), offset: float32(between(v.Offset))}
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

// show fills shown with the colors of a patch in a pose, both [side, side, 3].
func (v *Variation) show(shown, patch []float32, p pose) {
	for i := 0; i < len(patch); i += 3 {
		gray := redPart*patch[i] + greenPart*patch[i+1] + bluePart*patch[i+2]
		for k := range 3 {
			c := patch[i+k]
			if v.Printed {
				c = black + (white-black)*(gray+saturation*(c-gray))
			}
			shown[i+k] = max(0, min(1, c*p.gain+p.offset))
		}
	}
}

// showBack turns the slopes by the shown colors, in place, into those by the patch's.
func (v *Variation) showBack(slope, shown []float32, p pose) {
	for i := 0; i < len(slope); i += 3 {
		g := slope[i : i+3]
		for k := range 3 {
			if s := shown[i+k]; s <= 0 || s >= 1 { // clipped
				g[k] = 0
			}
			g[k] *= p.gain
		}
		if !v.Printed {
			continue
		}
		sum := (g[0] + g[1] + g[2]) * (white - black) * (1 - saturation)
		for k, part := range [...]float32{redPart, greenPart, bluePart} {
			g[k] = (white-black)*saturation*g[k] + part*sum
		}
	}
}
