package scene

import (
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"
)

const finer = 4 // masks and outlines are drawn this much larger, then shrunk, for soft edges

// half returns the right half of a mask's edge, from the top of its middle to the bottom.
func (l appearance) half() []uv {
	if l.kind == respirator {
		top, bottom, width := 0.16, 1.99, 1.0
		switch l.placement {
		case underNose:
			top, bottom, width = 0.80, 2.10, 0.96
		case onChin:
			top, bottom, width = 1.30, 2.20, 0.84
		}
		dome := []uv{{0, 0}, {0.19, 0.05}, {0.56, 0.19}, {0.88, 0.38}, {0.96, 0.57}, {0.84, 0.79}, {0.47, 0.95}, {0, 1}}
		for i := range dome {
			dome[i] = uv{dome[i].u * width, top + dome[i].v*(bottom-top)}
		}
		return dome
	}
	switch l.placement {
	case underNose:
		return []uv{{0, 0.83}, {0.3, 0.83}, {0.65, 0.80}, {0.97, 0.78}, {0.98, 1.12}, {0.87, 1.54}, {0.5, 1.94}, {0, 2.04}}
	case onChin:
		return []uv{{0, 1.42}, {0.35, 1.38}, {0.68, 1.26}, {0.92, 1.10}, {0.93, 1.32}, {0.82, 1.66}, {0.48, 2.02}, {0, 2.12}}
	case onMouth:
		return []uv{{0, 0.82}, {0.3, 0.81}, {0.6, 0.79}, {0.87, 0.78}, {0.90, 1.0}, {0.85, 1.26}, {0.5, 1.43}, {0, 1.46}}
	}
	if l.kind == cloth {
		return []uv{{0, 0.20}, {0.17, 0.27}, {0.5, 0.52}, {0.98, 0.62}, {1.0, 1.02}, {0.84, 1.5}, {0.42, 1.90}, {0, 1.99}}
	}
	return []uv{{0, 0.24}, {0.2, 0.28}, {0.55, 0.46}, {0.99, 0.64}, {1.0, 1.05}, {0.88, 1.5}, {0.5, 1.88}, {0, 1.98}}
}

// edge returns the whole edge as a smooth closed curve.
func (l appearance) edge() []uv {
	half := l.half()
	ring := append([]uv{}, half...)
	for i := len(half) - 2; i > 0; i-- {
		ring = append(ring, uv{-half[i].u, half[i].v})
	}
	const steps = 8
	curve := make([]uv, 0, steps*len(ring))
	for i := range ring {
		a, b, c, d := ring[(i+len(ring)-1)%len(ring)], ring[i], ring[(i+1)%len(ring)], ring[(i+2)%len(ring)]
		for s := range steps {
			t := float64(s) / steps
			curve = append(curve, uv{spline(a.u, b.u, c.u, d.u, t), spline(a.v, b.v, c.v, d.v, t)})
		}
	}
	return curve
}

// spline is the Catmull-Rom spline from b to c.
func spline(a, b, c, d, t float64) float64 {
	return b + t/2*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
}

// loops returns the right side's two ear loops, or a respirator's straps; each is a line of places.
func (l appearance) loops() [2][]uv {
	half := l.half()
	top, low := half[3], half[5]
	if l.kind == respirator {
		return [2][]uv{{{top.u, top.v + 0.05}, {1.0, top.v - 0.15}, {1.14, 0.48}}, {low, {1.0, low.v - 0.22}}}
	}
	return [2][]uv{
		{{top.u - 0.03, top.v + 0.03}, {1.05, (top.v + 0.5) / 2}, {1.12, 0.50}},
		{{low.u - 0.03, low.v - 0.02}, {1.03, low.v*0.55 + 0.36}, {1.09, 0.74}},
	}
}

// shape draws the mask, or its loops, as coverage: a Mat of 8 bits the size of area.
func (l appearance) shape(a anatomy, area image.Rectangle, loops bool) gocv.Mat {
	big := gocv.NewMatWithSizeFromScalar(gocv.Scalar{}, area.Dy()*finer, area.Dx()*finer, gocv.MatTypeCV8U)
	defer big.Close()
	white := color.RGBA{255, 255, 255, 255}
	pixels := func(line []uv, side float64) gocv.PointsVector {
		pts := make([]image.Point, len(line))
		for i, p := range line {
			x, y := a.pixel(uv{p.u * side, p.v})
			pts[i] = image.Pt(int(math.Round((x-float64(area.Min.X)+0.5)*finer)), int(math.Round((y-float64(area.Min.Y)+0.5)*finer)))
		}
		return gocv.NewPointsVectorFromPoints([][]image.Point{pts})
	}
	if loops {
		width := max(1, int(math.Round(0.035*a.eyes*finer)))
		for _, line := range l.loops() {
			for _, side := range []float64{-1, 1} {
				pts := pixels(line, side)
				gocv.Polylines(&big, pts, false, white, width)
				pts.Close()
			}
		}
	} else {
		pts := pixels(l.edge(), 1)
		gocv.FillPoly(&big, pts, white)
		pts.Close()
	}
	out := gocv.NewMat()
	gocv.Resize(big, &out, area.Size(), 0, 0, gocv.InterpolationArea)
	gocv.GaussianBlur(out, &out, image.Point{}, 0.6, 0.6, gocv.BorderReplicate)
	return out
}
