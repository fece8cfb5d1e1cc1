package scene

import (
	"image"

	"gocv.io/x/gocv"
)

// maskArea returns the part of the portrait that masks and their loops can touch.
func maskArea(a anatomy, width, height int) image.Rectangle {
	r := image.Rectangle{Min: image.Pt(width, height)}
	for _, p := range []uv{{-1.4, -0.1}, {1.4, -0.1}, {-1.4, 2.5}, {1.4, 2.5}} {
		x, y := a.pixel(p)
		r.Min = image.Pt(min(r.Min.X, int(x)), min(r.Min.Y, int(y)))
		r.Max = image.Pt(max(r.Max.X, int(x)+1), max(r.Max.Y, int(y)+1))
	}
	return r.Intersect(image.Rect(0, 0, width, height))
}

// painter draws masks onto one portrait.
type painter struct {
	face  anatomy
	area  image.Rectangle
	skin  []byte // the portrait's pixels in area, BGRA, premultiplied
	light []byte // the light on the face: its blurred luminance, one byte a pixel
	mean  float64
}

// newPainter measures the light of the portrait, a Mat of BGRA pixels.
func newPainter(face anatomy, portrait gocv.Mat) *painter {
	p := &painter{face: face, area: maskArea(face, portrait.Cols(), portrait.Rows())}
	seen := portrait.Region(p.area)
	defer seen.Close()
	part := seen.Clone() // ToBytes wants pixels in one piece
	defer part.Close()
	p.skin = part.ToBytes()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(part, &gray, gocv.ColorBGRAToGray)
	sigma := 0.16 * face.eyes // keeps the light's fall-off, loses mouth and nose
	gocv.GaussianBlur(gray, &gray, image.Point{}, sigma, sigma, gocv.BorderReplicate)
	p.light = gray.ToBytes()
	x, y := face.pixel(uv{0, 0.5})
	p.mean = max(1, float64(gray.GetUCharAt(int(y)-p.area.Min.Y, int(x)-p.area.Min.X)))
	return p
}

// paint returns the pixels of area with a mask on, BGRA, premultiplied. The appearance must have a mask.
func (p *painter) paint(l appearance, f texture) []byte {
	mask := l.shape(p.face, p.area, false)
	defer mask.Close()
	loops := l.shape(p.face, p.area, true)
	defer loops.Close()
	shadow := gocv.NewMat()
	defer shadow.Close()
	sigma := 0.055 * p.face.eyes
	gocv.GaussianBlur(mask, &shadow, image.Point{}, sigma, sigma, gocv.BorderReplicate)

	half := l.half()
	e := extent{half[0].v, half[3].v, half[len(half)-1].v}
	cover, band, dim := mask.ToBytes(), loops.ToBytes(), shadow.ToBytes()
	out := append([]byte{}, p.skin...)
	width := p.area.Dx()
	down := int(0.05 * p.face.eyes) // light from above: the shadow falls lower
	for i := range cover {
		x, y := i%width, i/width
		above := max(0, y-down)*width + x
		dark := 1 - 0.38*float64(dim[above])/255
		light := min(1.25, max(0.62, 0.55+0.45*float64(p.light[i])/p.mean))
		c := f.at(p.face.place(float64(x+p.area.Min.X), float64(y+p.area.Min.Y)), e)
		m, b := float64(cover[i])/255, 0.85*float64(band[i])/255
		opaque := float64(p.skin[i*4+3]) / 255
		for ch := range 3 {
			v := float64(p.skin[i*4+ch]) * dark
			v += (strap(f)[ch]*min(1, light)*opaque - v) * b
			v += (c[ch]*light*opaque - v) * m
			out[i*4+ch] = byte(min(255*opaque, max(0, v+0.5)))
		}
	}
	return out
}

// strap is the color of a mask's loops, BGR.
func strap(f texture) [3]float64 {
	switch f.kind {
	case cloth:
		return [3]float64{f.color[0] * 0.9, f.color[1] * 0.9, f.color[2] * 0.9}
	case respirator:
		return [3]float64{150, 205, 222}
	default:
		return [3]float64{226, 226, 224}
	}
}
