package attack

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFacesAtTheirLimits stands on both sides of each limit of the faces.
func TestFacesAtTheirLimits(t *testing.T) {
	above, below := math.Nextafter32(1, 2), math.Nextafter32(0, -1)
	for _, c := range []struct {
		name  string
		alter func(*Faces)
		want  string
	}{
		{"first and last class", func(f *Faces) { f.Labels = []int{0, Classes - 1} }, ""},
		{"first and last target", func(f *Faces) { f.Targets = []int{Classes - 1, 0} }, ""},
		{"pixels at both ends", func(f *Faces) { f.Pixels[0], f.Pixels[5] = 0, 1 }, ""},
		{"class too large", func(f *Faces) { f.Labels[1] = Classes }, "label 1 is 3, want 0 to 2"},
		{"class too small", func(f *Faces) { f.Labels[0] = -1 }, "label 0 is -1, want 0 to 2"},
		{"target too large", func(f *Faces) { f.Targets = []int{1, Classes} }, "target 1 is 3 for the label 1, want another of 0 to 2"},
		{"target too small", func(f *Faces) { f.Targets = []int{-1, 0} }, "target 0 is -1 for the label 0, want another of 0 to 2"},
		{"target is the label", func(f *Faces) { f.Targets = []int{1, 1} }, "target 1 is 1 for the label 1, want another of 0 to 2"},
		{"one target too few", func(f *Faces) { f.Targets = []int{1} }, "1 targets for 2 labels, want as many, or none"},
		{"pixel above 1", func(f *Faces) { f.Pixels[7] = above }, "value 7 of the faces is 1.0000001, want 0 to 1"},
		{"pixel below 0", func(f *Faces) { f.Pixels[7] = below }, "value 7 of the faces is -1e-45, want 0 to 1"},
		{"no number", func(f *Faces) { f.Pixels[11] = float32(math.NaN()) }, "value 11 of the faces is NaN, want 0 to 1"},
		{"a value too many", func(f *Faces) { f.Pixels = append(f.Pixels, 0) }, "13 values for 2 labels of 2x1 faces, want 6 each, for one or more"},
		{"no face", func(f *Faces) { f.Labels, f.Pixels = nil, nil }, "0 values for 0 labels of 2x1 faces, want 6 each, for one or more"},
		{"no height", func(f *Faces) { f.Height = 0 }, "faces of 2x0 pixels, want 1x1 or more"},
		{"no width", func(f *Faces) { f.Width = 0 }, "faces of 0x1 pixels, want 1x1 or more"},
	} {
		f := &Faces{Height: 1, Width: 2, Pixels: slices.Repeat([]float32{0.5}, 12), Labels: []int{0, 1}}
		c.alter(f)
		got := ""
		if err := f.check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestEOTAtItsLimits stands on both sides of each limit of the transforms.
func TestEOTAtItsLimits(t *testing.T) {
	for _, c := range []struct {
		e  EOT
		ok bool
	}{
		{EOT{Turn: math.Pi, Scale: [2]float64{1, 1}, Gain: [2]float64{0, 0}, Offset: [2]float64{-1, 1}}, true},
		{EOT{Scale: [2]float64{1, 1}, Gain: [2]float64{1, 1}, Offset: [2]float64{1, 1}}, true},
		{EOT{Scale: [2]float64{1, 1}, Offset: [2]float64{-1, -1}}, true},
		{EOT{Turn: math.Nextafter(math.Pi, 4), Scale: [2]float64{1, 1}}, false},
		{EOT{Turn: -1e-9, Scale: [2]float64{1, 1}}, false},
		{EOT{Scale: [2]float64{0, 1}}, false},
		{EOT{Scale: [2]float64{1, 0.99}}, false},
		{EOT{Scale: [2]float64{1, 1}, Gain: [2]float64{-1e-9, 1}}, false},
		{EOT{Scale: [2]float64{1, 1}, Gain: [2]float64{1, 0.99}}, false},
		{EOT{Scale: [2]float64{1, 1}, Offset: [2]float64{-1.001, 0}}, false},
		{EOT{Scale: [2]float64{1, 1}, Offset: [2]float64{0, 1.001}}, false},
		{EOT{Scale: [2]float64{1, 1}, Offset: [2]float64{0.5, 0.4}}, false},
	} {
		if err := c.e.check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v, allowed: %t", c.e, err, c.ok)
		}
	}
}

// TestEOTPlaceIsChecked: a place where the patch does not lie on the face is refused, at its edge it is not.
func TestEOTPlaceIsChecked(t *testing.T) {
	faces := &Faces{Height: 8, Width: 8, Pixels: make([]float32, 8*8*3), Labels: []int{0}}
	patch := slices.Repeat([]float32{1}, 3*3*3)
	same := EOT{Scale: [2]float64{1, 1}, Gain: [2]float64{1, 1}}
	for _, c := range []struct {
		at Place
		ok bool
	}{{Place{0, 0}, true}, {Place{5, 5}, true}, {Place{6, 0}, false}, {Place{0, 6}, false}, {Place{-1, 0}, false}} {
		x, err := same.Apply(faces, patch, 3, &c.at, 1)
		if (err == nil) != c.ok {
			t.Errorf("%+v: %v, allowed: %t", c.at, err, c.ok)
		}
		if err == nil && x[(c.at.Row*8+c.at.Col)*3] != 1 {
			t.Errorf("%+v: the patch is not at its place", c.at)
		}
	}
}

// TestSquareParts holds Square's first change, its squares and their schedule to the paper (Andriushchenko et al., arXiv:1912.00049).
func TestSquareParts(t *testing.T) {
	const height, width, eps = 6, 5, 0.25
	faces := &Faces{Height: height, Width: width, Pixels: slices.Repeat([]float32{0.5}, height*width*3), Labels: []int{0}}
	a, random := Square{Eps: eps}, rand.New(rand.NewPCG(3, 4))
	x := make([]float32, faces.size())
	a.stripes(x, faces, 0, random)
	signs := map[float32]int{}
	for row := range height {
		for k := range width * 3 {
			v := x[row*width*3+k]
			if v != x[k] {
				t.Fatalf("row %d differs from the first: want stripes from top to bottom", row)
			}
			signs[v-0.5]++
		}
	}
	if len(signs) != 2 || signs[eps] == 0 || signs[-eps] == 0 {
		t.Errorf("changes %v, want both ends of the ball", signs)
	}
	for side := 1; side < width; side++ {
		before := slices.Clone(x)
		for range 200 {
			a.square(x, faces, 0, side, random)
		}
		copy(x, before)
		a.square(x, faces, 0, side, random)
		for k, v := range x {
			if v != 0.5+eps && v != 0.5-eps {
				t.Fatalf("side %d: value %d is %v, want an end of the ball", side, k, v)
			}
		}
	}
	dark := &Faces{Height: height, Width: width, Pixels: slices.Repeat([]float32{0.1}, height*width*3), Labels: []int{0}}
	a.stripes(x, dark, 0, random)
	if slices.Min(x) != 0 {
		t.Errorf("least value %v, want 0: changes end where pixels do", slices.Min(x))
	}
	// The share of the picture halves after these queries of 10,000; a side is its root.
	share := 0.8
	last := 0
	for _, halving := range []int{10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000} {
		for _, query := range []int{last + 1, halving} {
			if got, want := squareSide(query, 10_000, 96, 96), int(math.RoundToEven(math.Sqrt(share)*96)); got != want {
				t.Errorf("query %d: a side of %d, want %d", query, got, want)
			}
		}
		share, last = share/2, halving
	}
	if got := squareSide(8001, 10_000, 96, 96); got != 4 {
		t.Errorf("after the last halving: a side of %d, want 4", got)
	}
	for _, c := range []struct{ height, width, want int }{{2, 96, 1}, {96, 2, 1}, {1, 1, 1}, {4, 4, 3}} {
		if got := squareSide(0, 100, c.height, c.width); got != c.want {
			t.Errorf("%dx%d: a side of %d, want %d", c.width, c.height, got, c.want)
		}
	}
}

// TestPGDStartsAnywhereInTheBall: uniform in the ball, and no value leaves 0 to 1.
func TestPGDStartsAnywhereInTheBall(t *testing.T) {
	image := slices.Repeat([]float32{0.5, 0.02, 0.99}, 4000)
	x := make([]float32, len(image))
	const eps = 0.1
	PGD{Eps: eps}.start(x, image, rand.New(rand.NewPCG(1, 2)))
	low, high, sum := float32(1), float32(0), 0.0
	for k, v := range x {
		if v < 0 || v > 1 || v < image[k]-eps-1e-6 || v > image[k]+eps+1e-6 {
			t.Fatalf("value %d is %v, started from %v", k, v, image[k])
		}
		if k%3 == 0 {
			low, high, sum = min(low, v), max(high, v), sum+float64(v)
		}
	}
	if low > 0.401 || high < 0.599 || math.Abs(sum/4000-0.5) > 0.005 {
		t.Errorf("from %v to %v, mean %v; want 0.4 to 0.6 around 0.5", low, high, sum/4000)
	}
}
