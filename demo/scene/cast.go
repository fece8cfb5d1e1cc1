package scene

import (
	"fmt"
	"image"
	"math"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// newPerson makes person i of the scene from the portrait.
func (s *Scene) newPerson(portrait gocv.Mat, i int) (*person, error) {
	landmarks, outline := s.Landmarks, s.Outline
	if landmarks == ([5]frame.Point{}) {
		landmarks, outline = astronautLandmarks(), astronautOutline()
	}
	size := image.Pt(portrait.Cols(), portrait.Rows())
	own := portrait.Clone()
	defer own.Close()
	if i%2 == 1 {
		gocv.Flip(own, &own, 1)
		landmarks = mirrored(landmarks, size.X)
		outline = append([]image.Point{}, outline...)
		for j := range outline {
			outline[j].X = size.X - 1 - outline[j].X
		}
	}
	face := newAnatomy(landmarks)
	if face.eyes < 8 || face.mouth < 8 || maskArea(face, size.X, size.Y).Empty() {
		return nil, fmt.Errorf("landmarks %v: want those of a face in the portrait, from left to right, eyes 8 pixels apart or more", landmarks)
	}
	_, collar := face.pixel(uv{0, 2.4})
	dress(&own, [...]float64{1, 1.18, 0.9}[i], min(size.Y, max(0, int(collar))), [...]int{0, 96, 58}[i])

	p := &person{
		schedule: schedule{
			seed: s.Seed, person: i, appearances: appearances(),
			every: s.Every.Seconds(), phase: float64(i) * s.Every.Seconds() / float64(s.People),
		},
		face:     face,
		portrait: cutOut(own, outline),
		bounds:   bounds(outline, size),
	}
	p.drawAppearances(s.Seed)
	p.stand(s.Width, s.Height, s.People)
	return p, nil
}

// drawAppearances draws the person's face in every appearance.
func (p *person) drawAppearances(seed uint64) {
	id := uint64(p.schedule.person)
	fit := p.face // no mask sits exactly as another's
	fit.eyes *= uniform(0.97, 1.03, seed, id, 8)
	fit.mouth *= uniform(0.98, 1.02, seed, id, 9)
	fit.x += uniform(-0.02, 0.02, seed, id, 10) * fit.eyes
	tilt := math.Atan2(fit.sin, fit.cos) + uniform(-0.03, 0.03, seed, id, 11)
	fit.sin, fit.cos = math.Sincos(tilt)
	painter := newPainter(fit, p.portrait)
	p.area = painter.area
	p.appearances = make([][]byte, 0, len(p.schedule.appearances))
	for _, l := range p.schedule.appearances {
		if l.placement == unmasked {
			p.appearances = append(p.appearances, painter.skin)
			continue
		}
		p.appearances = append(p.appearances, painter.paint(l, newTexture(l.kind, seed, p.schedule.person)))
	}
}

// stand gives the person a place of their own in the picture, so that no face covers another.
func (p *person) stand(width, height, people int) {
	i, w, h := p.schedule.person, float64(width), float64(height)
	lane := w / float64(people)
	p.unit = min(h/540, lane/310)
	eyes := [...]float64{48, 54, 44}[i] // pixels between the eyes at 960x540: faces of 90 x 120 to 110 x 150 pixels
	p.scale = p.unit * eyes / p.face.eyes
	c := p.face.box().Center()
	feet := float64(p.bounds.Max.Y) - float64(c.Y) // pixels of the portrait below the face
	y := max(0.36*h, h+30*p.unit-0.94*p.scale*feet)
	p.home = frame.Point{X: float32(lane * (float64(i) + 0.5)), Y: float32(y)}
	p.sway = 0.12 * lane
	reach := 1.12 * p.scale * max(float64(c.X)-float64(p.bounds.Min.X), float64(p.bounds.Max.X)-float64(c.X))
	switch {
	case i == 0:
		p.exit = frame.Point{X: float32(-reach), Y: p.home.Y}
	case i == people-1:
		p.exit = frame.Point{X: float32(w + reach), Y: p.home.Y}
	default: // between two others there is only the way down
		p.exit = frame.Point{X: p.home.X, Y: float32(h + 1.12*p.scale*float64(c.Y-float32(p.bounds.Min.Y)))}
	}
	// The tile has room for the largest and most tilted pose, but for nothing below the picture's edge.
	head := float64(p.home.Y) - 1.08*p.scale*float64(c.Y-float32(p.bounds.Min.Y)) - 20*p.unit
	rows := max(1, min(1.2*p.scale*float64(p.bounds.Dy()), h-head))
	p.tile = gocv.NewMatWithSize(int(rows), int(1.14*p.scale*float64(p.bounds.Dx()))+1, gocv.MatTypeCV8UC4)
	p.matrix = gocv.NewMatWithSize(2, 3, gocv.MatTypeCV64F)
}

// bounds returns the rectangle around the outline, or the whole picture without one.
func bounds(outline []image.Point, size image.Point) image.Rectangle {
	if len(outline) == 0 {
		return image.Rectangle{Max: size}
	}
	r := image.Rectangle{Min: outline[0], Max: outline[0]}
	for _, p := range outline {
		r.Min = image.Pt(min(r.Min.X, p.X), min(r.Min.Y, p.Y))
		r.Max = image.Pt(max(r.Max.X, p.X+1), max(r.Max.Y, p.Y+1))
	}
	return r
}
