package defense_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/defense"
)

func newSmoother(t testing.TB, window int) *defense.Smoother {
	t.Helper()
	s := &defense.Smoother{Window: window}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newMat(t testing.TB, height, width int, pixels []byte) gocv.Mat {
	t.Helper()
	shared, err := gocv.NewMatFromBytes(height, width, gocv.MatTypeCV8UC3, pixels)
	if err != nil {
		t.Fatal(err)
	}
	m := shared.Clone()
	_ = shared.Close()
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func smooth(t testing.TB, s *defense.Smoother, src gocv.Mat) []byte {
	t.Helper()
	dst := gocv.NewMat()
	defer dst.Close()
	if err := s.Apply(src, &dst); err != nil {
		t.Fatal(err)
	}
	return dst.ToBytes()
}

func TestEqualsART(t *testing.T) {
	data, err := os.ReadFile("testdata/smoothing.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Height, Width int
		Pixels        []byte
		Smoothed      map[int][]byte
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		src := newMat(t, c.Height, c.Width, c.Pixels)
		for _, window := range []int{1, 3, 5, 7, 9} {
			got := smooth(t, newSmoother(t, window), src)
			if want := c.Smoothed[window]; len(want) == 0 || !bytes.Equal(got, want) {
				t.Errorf("%dx%d, window %d:\n got %v\nwant %v", c.Height, c.Width, window, got, want)
			}
		}
	}
	if len(cases) == 0 {
		t.Error("the golden file holds no pictures")
	}
}

func TestInPlace(t *testing.T) {
	pixels := bytes.Repeat([]byte{1, 200, 3, 40, 5, 6, 7, 80, 9}, 16)
	s := newSmoother(t, 3)
	want := smooth(t, s, newMat(t, 6, 8, pixels))
	same := newMat(t, 6, 8, pixels)
	if err := s.Apply(same, &same); err != nil {
		t.Fatal(err)
	}
	if got := same.ToBytes(); !bytes.Equal(got, want) {
		t.Errorf("in place: got %v, want %v", got, want)
	}
}

func TestInitializeErrors(t *testing.T) {
	for _, window := range []int{-1, 0, 2, 32, 33} {
		s := &defense.Smoother{Window: window}
		want := fmt.Sprintf("smoothing: window %d: want an odd number from 1 (off) to 31", window)
		if err := s.Initialize(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestApplyErrors(t *testing.T) {
	empty, gray, good := gocv.NewMat(), gocv.NewMatWithSize(4, 4, gocv.MatTypeCV8UC1), newMat(t, 1, 1, []byte{1, 2, 3})
	defer empty.Close()
	defer gray.Close()
	closed := newSmoother(t, 3)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		smoother *defense.Smoother
		src      gocv.Mat
		dst      *gocv.Mat
		want     string
	}{
		{newSmoother(t, 3), empty, &good, "smoothing: the picture is empty"},
		{newSmoother(t, 3), gocv.Mat{}, &good, "smoothing: the picture is empty"},
		{newSmoother(t, 1), gray, &good, "smoothing: the picture has type CV8U: want CV8UC3"},
		{newSmoother(t, 3), good, nil, "smoothing: no Mat to write to"},
		{newSmoother(t, 3), good, &gocv.Mat{}, "smoothing: no Mat to write to"},
		{closed, good, &good, "smoothing: not initialized, or closed"},
		{new(defense.Smoother), good, &good, "smoothing: not initialized, or closed"},
	} {
		if err := c.smoother.Apply(c.src, c.dst); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	s := newSmoother(t, 3)
	src, dst := newMat(t, 96, 96, make([]byte, 96*96*3)), gocv.NewMat()
	defer dst.Close()
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Apply(src, &dst); err != nil {
			t.Fatal(err)
		}
	}); n != 0 && !profiled {
		t.Errorf("%v allocations a call", n)
	}
}

// FuzzApply holds the smoother against what a median must do, on any picture and window.
func FuzzApply(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, uint8(3), uint8(1))
	f.Add(bytes.Repeat([]byte{0, 255, 9}, 100), uint8(7), uint8(4))
	f.Add([]byte{0}, uint8(0), uint8(15))
	f.Fuzz(func(t *testing.T, data []byte, cols, half uint8) {
		width := int(cols)%64 + 1
		height := len(data) / 3 / width
		if height == 0 {
			return
		}
		data = data[:3*width*height]
		s := newSmoother(t, 2*(int(half)%(defense.MaxWindow/2+1))+1)
		got := smooth(t, s, newMat(t, height, width, data))
		if want := median(data, height, width, s.Window); !bytes.Equal(got, want) {
			t.Errorf("%dx%d, window %d:\n got %v\nwant %v", height, width, s.Window, got, want)
		}
	})
}

func TestProperties(t *testing.T) {
	const height, width = 20, 17
	constant := bytes.Repeat([]byte{10, 20, 250}, height*width)
	edge := bytes.Repeat(slices.Concat(bytes.Repeat([]byte{10, 20, 250}, 8), bytes.Repeat([]byte{90, 0, 7}, width-8)), height)
	for _, window := range []int{3, 5, 9} {
		s := newSmoother(t, window)
		for name, pixels := range map[string][]byte{"constant": constant, "straight edge": edge} {
			if got := smooth(t, s, newMat(t, height, width, pixels)); !bytes.Equal(got, pixels) {
				t.Errorf("window %d changes a %s", window, name)
			}
		}
		for _, at := range []int{0, width - 1, 8*width + 5, height*width - 1} { // corners, where it is mirrored, and inside
			speck := bytes.Clone(constant)
			copy(speck[3*at:], []byte{255, 255, 0})
			if got := smooth(t, s, newMat(t, height, width, speck)); !bytes.Equal(got, constant) {
				t.Errorf("window %d leaves a speck of one pixel at %d", window, at)
			}
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, window := range []int{3, 5} {
		b.Run(fmt.Sprintf("96x96/window=%d", window), func(b *testing.B) {
			s := newSmoother(b, window)
			src, dst := newMat(b, 96, 96, bytes.Repeat([]byte{1, 2, 3, 200}, 96*24*3)), gocv.NewMat()
			defer dst.Close()
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Apply(src, &dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
