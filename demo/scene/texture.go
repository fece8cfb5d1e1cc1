package scene

import "math"

// texture is the material of a mask and its pattern.
type texture struct {
	kind  kind
	color [3]float64 // BGR, 0 to 255
	spots int        // pattern of a cloth mask: 0 plain, 1 dots, 2 checks
	fold  [3]float64 // phases of its creases
}

// newTexture picks the texture of one person's mask of a kind.
func newTexture(k kind, seed uint64, person int) texture {
	id := uint64(person)
	f := texture{kind: k, color: [3]float64{236, 236, 232}}
	for i := range f.fold {
		f.fold[i] = uniform(0, 2*math.Pi, seed, id, uint64(k), uint64(i), 3)
	}
	pick := (hash(seed, uint64(k), 4) + id) % 4 // people in one picture wear different ones
	switch k {
	case surgical:
		f.color = [...][3]float64{{232, 205, 150}, {240, 238, 234}, {205, 218, 165}, {228, 190, 128}}[pick]
	case cloth:
		f.color = [...][3]float64{{42, 38, 36}, {150, 146, 142}, {62, 52, 168}, {226, 226, 224}}[pick]
		if pick == 3 {
			f.spots = 1 + int(hash(seed, id, 5)%2)
		}
	}
	return f
}

// extent is where a mask lies: its middle's top and bottom and its corners' height, all v.
type extent struct{ top, corner, bottom float64 }

// at returns the texture's color at a place of the face, BGR, before the light of the portrait falls on it.
func (f *texture) at(p uv, e extent) [3]float64 {
	bend := min(1, p.u*p.u)
	top := e.top + (e.corner-e.top)*bend
	bottom := e.bottom - 0.45*(e.bottom-e.corner)*bend
	t := (p.v - top) / (bottom - top) // 0 at the upper edge, 1 at the lower
	shade := f.curve(p.u, t) + f.creases(p)
	color := f.color
	switch f.kind {
	case surgical:
		shade += pleats(t)
		if math.Abs(p.u) > 0.93 { // the binding
			shade += 0.05
		}
	case cloth:
		shade -= 0.16 * bell(p.u, 0.012)
		shade += 0.05 * bell(p.u-0.03, 0.02)
		color = f.pattern(p)
	case respirator:
		shade -= 0.06 * bell(t-0.08, 0.02)
		shade -= 0.06 * bell(t-0.95, 0.02)
		color, shade = valve(p, uv{0.22, e.top + 0.58*(e.bottom-e.top)}, color, shade)
		if math.Abs(p.u) < 0.26 && math.Abs(t-0.13) < 0.035 { // the metal over the nose
			color = [3]float64{176, 172, 168}
		}
	}
	for i := range color {
		color[i] *= shade
	}
	return color
}

// curve is the light on a mask's roundness, lit from above and a little from the left.
func (f *texture) curve(u, t float64) float64 {
	x, y := u*0.85, (t-0.5)*1.25
	if f.kind == respirator {
		x, y = u*0.95, (t-0.5)*1.6
	}
	z := math.Sqrt(max(0.06, 1-x*x-y*y))
	return 0.47 + 0.62*max(0, 0.80*z-0.22*x-0.42*y) + 0.06*bell(u, 0.12)*bell(t-0.3, 0.2)
}

// creases are the small folds of every mask on a face.
func (f *texture) creases(p uv) float64 {
	strength := 0.022
	if f.kind == respirator {
		strength = 0.008
	}
	return strength * (math.Sin(9*p.u+5*p.v+f.fold[0]) + math.Sin(-7*p.u+11*p.v+f.fold[1]) + math.Sin(17*p.u-6*p.v+f.fold[2]))
}

// pleats are a surgical mask's three folds and its seams.
func pleats(t float64) float64 {
	s := -0.07*bell(t-0.06, 0.018) - 0.07*bell(t-0.95, 0.018)
	for _, at := range [...]float64{0.30, 0.50, 0.70} {
		s += 0.06*bell(t-at+0.045, 0.03) - 0.17*bell(t-at, 0.018)
	}
	return s
}

// pattern prints dots, or the stripes of gingham, on the mask.
func (f *texture) pattern(p uv) [3]float64 {
	stripe := func(x, step float64) float64 { // 1 on a stripe, 0 next to it, soft between
		return min(1, max(0, 0.5+20*(0.25*step-math.Abs(math.Mod(x+9, step)-step/2))))
	}
	ink := 0.0
	switch f.spots {
	case 1:
		r := math.Hypot(math.Mod(p.u+9, 0.24)-0.12, math.Mod(p.v+9, 0.26)-0.13)
		ink = 0.9 * min(1, max(0, 0.5+20*(0.065-r)))
	case 2:
		ink = 0.45*stripe(p.u, 0.2) + 0.45*stripe(p.v, 0.22)
	}
	color := f.color
	for i, dye := range [3]float64{128, 78, 66} {
		color[i] += (dye - color[i]) * ink
	}
	return color
}

// valve draws a respirator's valve around a place.
func valve(p, at uv, color [3]float64, shade float64) ([3]float64, float64) {
	r := math.Hypot(p.u-at.u, (p.v-at.v)*0.92)
	switch {
	case r < 0.17:
		return [3]float64{205, 203, 200}, shade + 0.05 - 0.10*bell(math.Mod(p.v-at.v+9, 0.09)-0.045, 0.015)
	case r < 0.20:
		return color, shade - 0.18
	}
	return color, shade
}

// bell is the Gaussian bell curve, 1 in the middle.
func bell(x, width float64) float64 { return math.Exp(-x * x / (2 * width * width)) }
