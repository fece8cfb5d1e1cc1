package defense

import (
	"math"
	"math/rand/v2"

	"github.com/maskwarden/maskwarden/pack"
)

// How a stored patch is applied to a face: as ART and Brown et al. 2017 (arXiv:1712.09665, section 3) vary theirs.
const (
	turn   = 22.5 * math.Pi / 180 // largest rotation to either side
	shrink = 0.85                 // smallest scale
	grow   = 1.15                 // largest scale
	dim    = 0.8                  // darkest light on the patch
	bright = 1.2                  // brightest
)

// sticker is a square patch on a face: side x side pixels of three bytes.
type sticker struct {
	pixels []byte
	side   int
}

// pose is where and how a patch lies.
type pose struct {
	x, y  float64 // of the middle, pixels of the face
	angle float64 // radians
	scale float64
	light float64 // factor on the patch's pixels
}

// draw chooses a pose so that the whole patch lies on a face of width x height pixels.
func (s sticker) draw(r *rand.Rand, width, height int) pose {
	p := pose{angle: (2*r.Float64() - 1) * turn, scale: shrink + (grow-shrink)*r.Float64(), light: dim + (bright-dim)*r.Float64()}
	half := p.scale * float64(s.side) / 2 * (math.Abs(math.Cos(p.angle)) + math.Abs(math.Sin(p.angle)))
	p.x = half + r.Float64()*(float64(width)-2*half)
	p.y = half + r.Float64()*(float64(height)-2*half)
	return p
}

// paste puts the patch onto a face of width x height pixels of three bytes; between its pixels it is interpolated.
func (s sticker) paste(face []byte, width, height int, p pose) {
	sin, cos := math.Sincos(p.angle)
	reach := p.scale * float64(s.side) * math.Sqrt2 / 2
	middle := float64(s.side-1) / 2
	for y := max(0, int(p.y-reach)); y < min(height, int(p.y+reach)+2); y++ {
		for x := max(0, int(p.x-reach)); x < min(width, int(p.x+reach)+2); x++ {
			dx, dy := (float64(x)+0.5-p.x)/p.scale, (float64(y)+0.5-p.y)/p.scale
			u, v := cos*dx+sin*dy+middle, cos*dy-sin*dx+middle
			if u < -0.5 || v < -0.5 || u >= float64(s.side)-0.5 || v >= float64(s.side)-0.5 {
				continue
			}
			at := 3 * (y*width + x)
			for k := range 3 {
				face[at+k] = byte(min(255, math.Round(p.light*s.at(u, v, k))))
			}
		}
	}
}

// at is a channel's value between the pixels, bilinear; beyond the edge it goes on.
func (s sticker) at(u, v float64, k int) float64 {
	last := s.side - 1
	x, y := math.Floor(u), math.Floor(v)
	fx, fy := u-x, v-y
	value := func(i, j int) float64 {
		i, j = min(max(i, 0), last), min(max(j, 0), last)
		return float64(s.pixels[3*(j*s.side+i)+k])
	}
	i, j := int(x), int(y)
	return (1-fy)*((1-fx)*value(i, j)+fx*value(i+1, j)) + fy*((1-fx)*value(i, j+1)+fx*value(i+1, j+1))
}

// Sticker is a stored patch of a pack, to be applied to faces as the pack's classifier takes them, before the smoothing.
type Sticker struct {
	sticker
	width, height int // of the faces
}

// NewSticker reads stored patch i.
func NewSticker(p *pack.Pack, i int) (*Sticker, error) {
	pixels, side, err := p.PatchPixels(i)
	if err != nil {
		return nil, err
	}
	in := p.Manifest.Input
	return &Sticker{sticker{pixels, side}, in.Width, in.Height}, nil
}

// Apply puts it onto a face in a random pose.
func (s *Sticker) Apply(face []byte, draw *rand.Rand) {
	s.paste(face, s.width, s.height, s.draw(draw, s.width, s.height))
}
