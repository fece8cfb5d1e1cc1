package overlay

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

func face(label frame.Label, x0, y0, x1, y1 float32) frame.Face {
	f := frame.Face{Box: frame.Box{X0: x0, Y0: y0, X1: x1, Y1: y1}, Label: label, Track: 7, Votes: 12}
	if i := label.Index(); i >= 0 {
		f.Probs[i] = 0.87
	} else {
		f.Quality = frame.TurnedAway
	}
	return f
}

func labels() [4]frame.Label {
	return [...]frame.Label{frame.Correct, frame.Incorrect, frame.None, frame.Unknown}
}

func canvas(t *testing.T, width, height int) gocv.Mat {
	t.Helper()
	m := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(90, 60, 30, 0), height, width, gocv.MatTypeCV8UC3)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func count(m gocv.Mat, r image.Rectangle, c color.RGBA) int {
	part, hits := m.Region(r), gocv.NewMat()
	defer func() { _, _ = part.Close(), hits.Close() }()
	exact := gocv.NewScalar(float64(c.B), float64(c.G), float64(c.R), 0)
	gocv.InRangeWithScalar(part, exact, exact, &hits)
	return gocv.CountNonZero(hits)
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		face frame.Face
		want [4]string
	}{
		{face(frame.Incorrect, 0, 0, 9, 9), [4]string{"P7 incorrect 87% 12 votes", "P7 incorrect 87%", "P7 incorrect", ""}},
		{face(frame.Unknown, 0, 0, 9, 9), [4]string{"P7 unknown: turned away 12 votes", "P7 unknown: turned away", "P7 unknown", ""}},
		{frame.Face{Label: frame.None, Votes: 1}, [4]string{"none 1 vote", "none", "none", ""}},
		{frame.Face{}, [4]string{"unknown", "unknown", "unknown", ""}},
	} {
		if got := texts(&c.face); got != c.want {
			t.Errorf("texts(%v) = %q, want %q", c.face, got, c.want)
		}
	}
}

// Wherever a face is, its tag holds as many pixels of ink as in the middle of the picture: nothing was cut off.
func TestTagStaysInThePicture(t *testing.T) {
	for _, size := range []image.Point{{320, 240}, {426, 240}, {240, 426}, {1280, 720}, {3840, 2160}} {
		w, h := float32(size.X), float32(size.Y)
		s := min(w, h) / 6
		white := styleOf(frame.None).ink
		all := image.Rect(0, 0, size.X, size.Y)
		ink := func(x, y float32) int {
			m := canvas(t, size.X, size.Y)
			Draw(&m, []frame.Face{face(frame.None, x, y, x+s, y+s)})
			return count(m, all, white)
		}
		want := ink(20, h/2) // far enough left that every text fits
		if want == 0 {
			t.Fatalf("%v: no text in the picture", size)
		}
		for _, p := range [][2]float32{{0, 0}, {w - s, 0}, {0, h - s}, {w - s, h - s}, {-s / 2, -s / 2}, {w - s/2, h - s/2}, {w / 2, h - s/2}} {
			if got := ink(p[0], p[1]); got != want {
				t.Errorf("%v: a face at %v leaves %d pixels of ink, want %d", size, p, got, want)
			}
		}
	}
}

func TestBoxAndTagHaveTheLabelsColor(t *testing.T) {
	for _, l := range labels() {
		m := canvas(t, 640, 480)
		Draw(&m, []frame.Face{face(l, 100, 200, 220, 340)})
		fill := styleOf(l).fill
		if n := count(m, image.Rect(100, 200, 220, 340), fill); n < 400 {
			t.Errorf("%v: %d pixels of the box have its color", l, n)
		}
		if n := count(m, image.Rect(100, 170, 400, 200), fill); n < 1500 {
			t.Errorf("%v: %d pixels of the tag have its color", l, n)
		}
		if n := count(m, image.Rect(120, 220, 200, 320), color.RGBA{R: 30, G: 60, B: 90}); n != 80*100 {
			t.Errorf("%v: the face itself was painted over", l)
		}
	}
}

// Without any color, the signs still differ.
func TestSignsDiffer(t *testing.T) {
	square := image.Rect(0, 0, 24, 24)
	var shapes []string
	for _, l := range labels() {
		m := gocv.Zeros(24, 24, gocv.MatTypeCV8UC3)
		st := styleOf(l)
		st.ink = color.RGBA{R: 255, G: 255, B: 255}
		st.sign.draw(&m, square, st, 2)
		shape := fmt.Sprint(m.ToBytes())
		_ = m.Close()
		for i, other := range shapes {
			if shape == other {
				t.Errorf("%v has the sign of %v", l, labels()[i])
			}
		}
		shapes = append(shapes, shape)
	}
}

func TestContrast(t *testing.T) {
	luminance := func(c color.RGBA) float64 { // WCAG 2.2, relative luminance
		var v [3]float64
		for i, x := range [3]uint8{c.R, c.G, c.B} {
			if v[i] = float64(x) / 255; v[i] <= 0.04045 {
				v[i] /= 12.92
			} else {
				v[i] = math.Pow((v[i]+0.055)/1.055, 2.4)
			}
		}
		return 0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2]
	}
	for _, l := range labels() {
		a, b := luminance(styleOf(l).fill), luminance(styleOf(l).ink)
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
			t.Errorf("%v: contrast of ink on fill is %.2f, want 4.5", l, ratio)
		}
	}
}

func TestTagsDoNotCoverEachOther(t *testing.T) {
	bounds := image.Rect(0, 0, 640, 480)
	p := newPen(bounds, 1)
	var faces []frame.Face
	var boxes, taken []image.Rectangle
	for x := range 6 {
		faces = append(faces, face(frame.Correct, float32(60+70*x), 200, float32(120+70*x), 270))
		boxes = append(boxes, pixels(faces[x].Box, bounds))
	}
	for i := range faces {
		placed := p.place(texts(&faces[i]), boxes, i, bounds, taken)
		if overlaps(placed.area, taken) || !placed.area.In(bounds) {
			t.Errorf("face %d: tag %v covers another of %v or leaves the picture", i, placed.area, taken)
		}
		if overlaps(placed.area, boxes[:i]) || overlaps(placed.area, boxes[i+1:]) {
			t.Errorf("face %d: tag %v covers another face", i, placed.area)
		}
		taken = append(taken, placed.area)
	}
}

func TestDrawLeavesOtherPicturesAlone(t *testing.T) {
	empty, gray, tiny := gocv.NewMat(), gocv.Zeros(60, 80, gocv.MatTypeCV8UC1), canvas(t, 3, 2)
	defer func() { _, _ = empty.Close(), gray.Close() }()
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	faces := []frame.Face{face(frame.None, 1, 1, 20, 20), face(frame.None, nan, nan, nan, nan), face(frame.None, -inf, -inf, inf, inf)}
	Draw(&empty, faces)
	Draw(&gray, faces)
	Draw(&tiny, faces)
	if gocv.CountNonZero(gray) != 0 {
		t.Error("a gray picture was drawn on")
	}
}

func FuzzPlace(f *testing.F) {
	f.Add(float32(10), float32(10), float32(50), float32(60), uint16(640), uint16(480))
	f.Add(float32(-1e9), float32(0), float32(1e9), float32(5), uint16(17), uint16(17))
	f.Fuzz(func(t *testing.T, x0, y0, x1, y1 float32, width, height uint16) {
		bounds := image.Rect(0, 0, int(width), int(height))
		if bounds.Dx() < 17 || bounds.Dy() < 17 {
			return // no room for a sign
		}
		one := face(frame.Incorrect, x0, y0, x1, y1)
		box := pixels(one.Box, bounds)
		got := newPen(bounds, 1).place(texts(&one), []image.Rectangle{box}, 0, bounds, nil)
		if !box.In(bounds) || box.Empty() || !got.area.In(bounds) {
			t.Errorf("box %v, tag %v: outside %v", box, got.area, bounds)
		}
	})
}

// TestPictures leaves pictures for a person in the folder SCREENSHOTS.
func TestPictures(t *testing.T) {
	portrait := gocv.IMRead("../../share/maskwarden/astronaut.png", gocv.IMReadColor)
	defer func() { _ = portrait.Close() }()
	if portrait.Empty() {
		t.Fatal("share/maskwarden/astronaut.png is missing: run `make setup`")
	}
	for _, size := range []image.Point{{426, 240}, {1280, 720}, {3840, 2160}} {
		m := canvas(t, size.X, size.Y)
		gocv.Resize(portrait, &m, size, 0, 0, gocv.InterpolationArea)
		before := m.Clone()
		s := float32(size.Y) / 5
		var faces []frame.Face
		for i, l := range labels() {
			x := float32(size.X) * (0.02 + 0.25*float32(i))
			faces = append(faces, face(l, x, 1.5*s, x+s, 2.7*s), face(l, x, 3.8*s, x+s, 5*s))
		}
		faces = append(faces, face(frame.Incorrect, float32(size.X)*0.9, 0, float32(size.X), s))
		Draw(&m, faces)
		gocv.AbsDiff(m, before, &before)
		if s := before.Sum(); s.Val1+s.Val2+s.Val3 == 0 {
			t.Errorf("%v: nothing was drawn", size)
		}
		_ = before.Close()
		if dir := os.Getenv("SCREENSHOTS"); dir != "" {
			gocv.IMWrite(filepath.Join(dir, fmt.Sprintf("overlay-%d.png", size.Y)), m)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	m := gocv.NewMatWithSize(540, 960, gocv.MatTypeCV8UC3)
	defer func() { _ = m.Close() }()
	var faces []frame.Face
	for i, l := range labels() {
		faces = append(faces, face(l, float32(100+200*i), 100, float32(180+200*i), 200))
	}
	for b.Loop() {
		Draw(&m, faces)
	}
}
