package face_test

import (
	"image"
	"image/color"
	"math"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

func newCropper(t testing.TB, margin float32, w, h int) *face.Cropper {
	t.Helper()
	c := &face.Cropper{Margin: margin, Width: w, Height: h}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ramp returns a picture whose blue tells x, whose green tells y, and whose red is 200.
func ramp(t testing.TB, w, h int) gocv.Mat {
	t.Helper()
	m := newMat(t, h, w, gocv.MatTypeCV8UC3)
	data, err := m.DataPtrUint8()
	if err != nil {
		t.Fatal(err)
	}
	for i := range w * h {
		data[3*i], data[3*i+1], data[3*i+2] = byte(i%w), byte(i/w), 200
	}
	return m
}

func TestCrop(t *testing.T) {
	img := ramp(t, 200, 150)
	for _, c := range []struct {
		name         string
		margin       float32
		box          frame.Box
		w, h         int
		x0, y0, side float64 // what should be cut out
	}{
		{"whole pixels", 0, frame.Box{X0: 20, Y0: 30, X1: 52, Y1: 62}, 32, 32, 20, 30, 32},
		{"tall box, margin", 0.15, frame.Box{X0: 60, Y0: 30, X1: 90, Y1: 70}, 52, 52, 49, 24, 52},
		{"grown", 0, frame.Box{X0: 20, Y0: 30, X1: 36, Y1: 46}, 64, 64, 20, 30, 16},
		{"shrunk", 0.5, frame.Box{X0: 70, Y0: 40, X1: 130, Y1: 100}, 30, 30, 40, 10, 120},
		{"upper left corner", 0, frame.Box{X0: -16, Y0: -8, X1: 16, Y1: 24}, 32, 32, -16, -8, 32},
		{"lower right corner", 0.15, frame.Box{X0: 180, Y0: 130, X1: 200, Y1: 150}, 26, 26, 177, 127, 26},
		{"higher than the picture", 0, frame.Box{X0: 0, Y0: -25, X1: 200, Y1: 175}, 100, 100, 0, -25, 200},
	} {
		dst := gocv.NewMat()
		if err := newCropper(t, c.margin, c.w, c.h).Crop(img, c.box, &dst); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if dst.Cols() != c.w || dst.Rows() != c.h || dst.Type() != gocv.MatTypeCV8UC3 {
			t.Fatalf("%s: got %dx%d of type %v", c.name, dst.Cols(), dst.Rows(), dst.Type())
		}
		data, err := dst.DataPtrUint8()
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.w * c.h {
			x := c.x0 + (float64(i%c.w)+0.5)*c.side/float64(c.w) - 0.5
			y := c.y0 + (float64(i/c.w)+0.5)*c.side/float64(c.h) - 0.5
			want := [3]float64{200, min(max(y, 0), 149), min(max(x, 0), 199)} // red, green, blue
			for k := range want {
				if math.Abs(float64(data[3*i+k])-want[k]) > 1.01 {
					t.Fatalf("%s: pixel %d, %d is %v, want %v", c.name, i%c.w, i/c.w, data[3*i:3*i+3], want)
				}
			}
		}
		_ = dst.Close()
	}
}

func TestCropErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	img, dst := ramp(t, 40, 40), gocv.NewMat()
	defer dst.Close()
	c := newCropper(t, 0.15, 8, 8)
	for _, e := range []struct {
		img  gocv.Mat
		box  frame.Box
		want string
	}{
		{gocv.Mat{}, frame.Box{X1: 1, Y1: 1}, "face cropper: the picture is empty"},
		{img, frame.Box{}, "face cropper: box {0 0 0 0}: want a box with an area, at most 16384 pixels a side"},
		{img, frame.Box{X0: nan, X1: 3, Y1: 3}, "face cropper: box {NaN 0 3 3}: want a box with an area, at most 16384 pixels a side"},
		{img, frame.Box{X1: inf, Y1: 3}, "face cropper: box {0 0 +Inf 3}: want a box with an area, at most 16384 pixels a side"},
		{img, frame.Box{X0: 1e30, Y0: 1, X1: 2e30, Y1: 2}, "face cropper: box {1e+30 1 2e+30 2}: want a box with an area, at most 16384 pixels a side"},
		{img, frame.Box{X0: 100, Y0: 1, X1: 110, Y1: 9}, "face cropper: box {100 1 110 9} lies outside of the 40x40 picture"},
	} {
		if err := c.Crop(e.img, e.box, &dst); err == nil || err.Error() != e.want {
			t.Errorf("got %v, want %s", err, e.want)
		}
	}
	if err := new(face.Cropper).Crop(img, frame.Box{X1: 1, Y1: 1}, &dst); err == nil {
		t.Error("a cropper that was not initialized crops")
	}
	for want, bad := range map[string]face.Cropper{
		"face cropper: margin -1: want 0 to 1":           {Margin: -1, Width: 1, Height: 1},
		"face cropper: size 0x5: want 1 to 16384 a side": {Height: 5},
	} {
		if err := bad.Initialize(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestCropAllocations(t *testing.T) {
	img, dst := ramp(t, 200, 150), gocv.NewMat()
	defer dst.Close()
	c := newCropper(t, 0.15, 96, 96)
	n := testing.AllocsPerRun(100, func() {
		for _, box := range []frame.Box{{X0: 20, Y0: 20, X1: 70, Y1: 80}, {X0: 150, Y0: 100, X1: 200, Y1: 150}} {
			if err := c.Crop(img, box, &dst); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n != 0 && !profiled {
		t.Errorf("%v allocations for two faces", n)
	}
}

func BenchmarkCrop(b *testing.B) {
	img, dst := ramp(b, 768, 432), gocv.NewMat()
	defer dst.Close()
	gocv.Circle(&img, image.Pt(300, 200), 60, color.RGBA{R: 9}, -1)
	c := newCropper(b, face.DefaultMargin, 96, 96)
	for name, box := range map[string]frame.Box{
		"shrunk": {X0: 200, Y0: 100, X1: 360, Y1: 300}, "grown": {X0: 200, Y0: 100, X1: 230, Y1: 140}, "border": {X0: 700, Y0: 350, X1: 768, Y1: 432},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Crop(img, box, &dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestCropResamples: shrinking averages, so that fine patterns leave no moiré; enlarging interpolates, so that edges are no steps.
func TestCropResamples(t *testing.T) {
	const side = 64
	img := newMat(t, side, side, gocv.MatTypeCV8UC3)
	paint := func(value func(x, y int) uint8) {
		for y := range side {
			for x := range side {
				for c := range 3 {
					img.SetUCharAt(y, 3*x+c, value(x, y))
				}
			}
		}
	}
	dst := newMat(t, 1, 1, gocv.MatTypeCV8UC3)
	crop := func(box frame.Box, out int) {
		c := face.Cropper{Width: out, Height: out}
		if err := c.Initialize(); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Crop(img, box, &dst); err != nil {
			t.Fatal(err)
		}
	}
	paint(func(x, y int) uint8 { return uint8(255 * ((x + y) % 2)) })
	crop(frame.Box{X1: side, Y1: side}, 16)
	for y := range 16 {
		for x := range 16 {
			if v := dst.GetUCharAt(y, 3*x); v < 126 || v > 129 {
				t.Fatalf("a fine pattern shrunk to a quarter has %d at %d, %d, want its mean", v, x, y)
			}
		}
	}
	paint(func(x, _ int) uint8 { return uint8(255 * (x / (side / 2))) })
	crop(frame.Box{X0: 24, Y0: 24, X1: 40, Y1: 40}, 64)
	levels := map[uint8]bool{}
	for x := range 64 {
		levels[dst.GetUCharAt(32, 3*x)] = true
	}
	if len(levels) < 4 {
		t.Errorf("an enlarged edge has %d levels, want a ramp", len(levels))
	}
}
