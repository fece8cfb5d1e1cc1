package capture

import (
	"fmt"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// TestOrientation: a mark in the picture and its box go to the same place.
func TestOrientation(t *testing.T) {
	const w, h = 40, 30
	from, to := gocv.NewMatWithSize(h, w, gocv.MatTypeCV8UC3), gocv.NewMat()
	defer from.Close()
	defer to.Close()
	from.SetTo(gocv.NewScalar(0, 0, 0, 0))
	mark := frame.Box{X0: 4, Y0: 6, X1: 9, Y1: 8}
	for y := int(mark.Y0); y < int(mark.Y1); y++ {
		for x := int(mark.X0); x < int(mark.X1); x++ {
			from.SetUCharAt(y, 3*x, 255)
		}
	}
	for _, c := range []struct {
		o    orientation
		want frame.Box
	}{
		{orientation{90, ""}, frame.Box{X0: 22, Y0: 4, X1: 24, Y1: 9}},
		{orientation{180, ""}, frame.Box{X0: 31, Y0: 22, X1: 36, Y1: 24}},
		{orientation{270, ""}, frame.Box{X0: 6, Y0: 31, X1: 8, Y1: 36}},
		{orientation{0, FlipHorizontal}, frame.Box{X0: 31, Y0: 6, X1: 36, Y1: 8}},
		{orientation{0, FlipVertical}, frame.Box{X0: 4, Y0: 22, X1: 9, Y1: 24}},
		{orientation{90, FlipHorizontal}, frame.Box{X0: 6, Y0: 4, X1: 8, Y1: 9}},
		{orientation{270, FlipVertical}, frame.Box{X0: 6, Y0: 4, X1: 8, Y1: 9}},
	} {
		if err := c.o.check(); err != nil || c.o.upright() {
			t.Error(c.o, err)
		}
		c.o.turn(from, &to)
		if got := c.o.box(mark, w, h); got != c.want {
			t.Errorf("%v: box %v, want %v", c.o, got, c.want)
		}
		for y := range to.Rows() {
			for x := range to.Cols() {
				inside := float32(x) >= c.want.X0 && float32(x) < c.want.X1 && float32(y) >= c.want.Y0 && float32(y) < c.want.Y1
				if lit := to.GetUCharAt(y, 3*x) > 0; lit != inside {
					t.Fatalf("%v: pixel %d, %d of %d x %d", c.o, x, y, to.Cols(), to.Rows())
				}
			}
		}
	}
	for o, want := range map[orientation]string{
		{45, ""}: "rotate by 45 degrees: want 0, 90, 180 or 270", {0, "both"}: `flip "both": want horizontal or vertical`,
	} {
		if err := o.check(); fmt.Sprint(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// still is a source of one picture that never ends.
type still struct{ width, height int }

func (s still) Read(f *frame.Frame) error {
	if f.Image.Cols() != s.width || f.Image.Rows() != s.height {
		if err := f.Image.Close(); err != nil {
			return err
		}
		f.Image = gocv.NewMatWithSize(s.height, s.width, gocv.MatTypeCV8UC3)
	}
	return nil
}

func (still) Close() error { return nil }

// TestTurnedPicturesKeepTheirMemory: no Mat is made for a picture after the first ones.
func TestTurnedPicturesKeepTheirMemory(t *testing.T) {
	r := &reader{camera: &Camera{hangs: orientation{90, FlipVertical}}}
	scratch, raw := gocv.NewMat(), gocv.NewMat()
	defer scratch.Close()
	defer raw.Close()
	var pool frame.Pool
	defer pool.Close()
	places := map[*byte]bool{}
	for i := range 20 {
		f := pool.Get()
		if err := r.picture(still{40, 30}, f, &scratch, &raw, &stallDetector{}); err != nil {
			t.Fatal(err)
		}
		if f.Image.Cols() != 30 || f.Image.Rows() != 40 {
			t.Fatalf("%d x %d", f.Image.Cols(), f.Image.Rows())
		}
		for _, m := range []gocv.Mat{f.Image, raw} {
			pixels, err := m.DataPtrUint8()
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 && !places[&pixels[0]] {
				t.Errorf("picture %d has new memory", i)
			}
			places[&pixels[0]] = true
		}
		f.Release()
	}
}
