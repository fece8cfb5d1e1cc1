package scene

import (
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// person is one figure in the picture.
type person struct {
	schedule    schedule
	face        anatomy
	area        image.Rectangle // part of the portrait that the appearances change
	appearances [][]byte        // area's pixels in each appearance, BGRA, premultiplied
	shown       moment          // what portrait shows now
	portrait    gocv.Mat        // BGRA, premultiplied
	tile        gocv.Mat        // the portrait as it stands in the picture, BGRA, premultiplied
	matrix      gocv.Mat        // 2x3: portrait to tile

	bounds image.Rectangle // of the figure in the portrait
	home   frame.Point     // where the face's middle is, on average
	exit   frame.Point     // where it is when the person is out of the picture
	scale  float64         // pixels of the picture a pixel of the portrait, on average
	sway   float64         // pixels of the picture that they move to each side
	unit   float64         // pixels of the picture for one at 960x540
}

func (p *person) close() {
	_ = p.portrait.Close()
	_ = p.tile.Close()
	_ = p.matrix.Close()
}

// apply puts the appearances of the moment onto the portrait.
func (p *person) apply(m moment) {
	if m.from == p.shown.from && m.to == p.shown.to && m.blend == p.shown.blend {
		return
	}
	p.shown = m
	pixels, err := p.portrait.DataPtrUint8()
	if err != nil {
		return // never: the portrait is a Mat of its own
	}
	from, to, weight := p.appearances[m.from], p.appearances[m.to], int(256*m.blend)
	row := p.area.Dx() * 4
	for y := range p.area.Dy() {
		dst := pixels[((p.area.Min.Y+y)*p.portrait.Cols()+p.area.Min.X)*4:][:row]
		a, b := from[y*row:][:row], to[y*row:][:row]
		if weight == 0 {
			copy(dst, a)
			continue
		}
		for i := range dst {
			dst[i] = uint8(int(a[i]) + (int(b[i])-int(a[i]))*weight/256)
		}
	}
}

// pose is where a person's face is: its middle, its size against the portrait, and its tilt in radians.
type pose struct{ x, y, scale, tilt float64 }

// pose returns the person's pose t seconds into the scene; away is 0 in their place, 1 out of the picture.
func (p *person) pose(t, away float64) pose {
	id := uint64(p.schedule.person)
	wave := func(what uint64, period float64) float64 {
		phase := uniform(0, 2*math.Pi, p.schedule.seed, id, what, 6)
		period *= uniform(0.8, 1.25, p.schedule.seed, id, what, 7)
		return math.Sin(2*math.Pi*t/period + phase)
	}
	away *= away * (2 - away) // a soft start
	homeX := float64(p.home.X) + p.sway*wave(0, 9) + 1.2*p.unit*wave(1, 0.9)
	homeY := float64(p.home.Y) + 6*p.unit*wave(2, 5) + 0.8*p.unit*wave(3, 0.7)
	step := 5 * p.unit * math.Sin(12*away) // walking goes up and down
	return pose{
		x:     homeX + (float64(p.exit.X)-homeX)*away,
		y:     homeY + (float64(p.exit.Y)-homeY)*away - math.Abs(step),
		scale: p.scale * (1 + 0.05*wave(4, 11)),
		tilt:  0.045 * wave(5, 6),
	}
}

// draw blends the person into the canvas, BGR pixels of the given size, and returns the face's box and whether the
// face is in the picture: wholly, or at least half.
func (p *person) draw(canvas []byte, size image.Point, at pose) (box frame.Box, whole, half bool) {
	fb := p.face.box()
	c := fb.Center()
	cos, sin := at.scale*math.Cos(at.tilt), at.scale*math.Sin(at.tilt)
	left := int(math.Floor(at.x - at.scale*(float64(c.X)-float64(p.bounds.Min.X)) - 0.05*float64(p.tile.Cols())))
	top := int(math.Floor(at.y - at.scale*(float64(c.Y)-float64(p.bounds.Min.Y)) - 14*p.unit))
	for i, v := range [6]float64{
		cos, -sin, at.x - float64(left) - cos*float64(c.X) + sin*float64(c.Y),
		sin, cos, at.y - float64(top) - sin*float64(c.X) - cos*float64(c.Y),
	} {
		p.matrix.SetDoubleAt(i/3, i%3, v)
	}
	place := image.Rect(left, top, left+p.tile.Cols(), top+p.tile.Rows())
	if seen := place.Intersect(image.Rectangle{Max: size}); !seen.Empty() {
		gocv.WarpAffineWithParams(p.portrait, &p.tile, p.matrix, place.Size(),
			gocv.InterpolationLinear, gocv.BorderConstant, color.RGBA{})
		p.blend(canvas, size, place, seen)
	}
	w, h := float32(at.scale)*fb.Width()/2, float32(at.scale)*fb.Height()/2
	full := frame.Box{X0: float32(at.x) - w, Y0: float32(at.y) - h, X1: float32(at.x) + w, Y1: float32(at.y) + h}
	box = frame.Box{X0: max(0, full.X0), Y0: max(0, full.Y0), X1: min(float32(size.X), full.X1), Y1: min(float32(size.Y), full.Y1)}
	return box, box == full, box.Area() >= full.Area()/2
}

// blend lays the seen part of the tile, which stands at place, over the canvas.
func (p *person) blend(canvas []byte, size image.Point, place, seen image.Rectangle) {
	tile, err := p.tile.DataPtrUint8()
	if err != nil {
		return // never: the tile is a Mat of its own
	}
	for y := seen.Min.Y; y < seen.Max.Y; y++ {
		src := tile[((y-place.Min.Y)*place.Dx()+seen.Min.X-place.Min.X)*4:][:seen.Dx()*4]
		dst := canvas[(y*size.X+seen.Min.X)*3:][:seen.Dx()*3]
		for len(src) >= 4 && len(dst) >= 3 {
			switch a := src[3]; a {
			case 0:
			case 255:
				dst[0], dst[1], dst[2] = src[0], src[1], src[2]
			default:
				rest := 255 - uint32(a)
				dst[0] = uint8(min(255, uint32(src[0])+(uint32(dst[0])*rest+127)/255))
				dst[1] = uint8(min(255, uint32(src[1])+(uint32(dst[1])*rest+127)/255))
				dst[2] = uint8(min(255, uint32(src[2])+(uint32(dst[2])*rest+127)/255))
			}
			src, dst = src[4:], dst[3:]
		}
	}
}
