package frame_test

import (
	"testing"

	"github.com/maskwarden/maskwarden/frame"
)

func TestLabelNames(t *testing.T) {
	for _, l := range []frame.Label{frame.Correct, frame.Incorrect, frame.None, frame.Unknown} {
		got, err := frame.ParseLabel(l.String())
		if err != nil || got != l {
			t.Errorf("ParseLabel(%q) = %v, %v", l.String(), got, err)
		}
	}
	_, err := frame.ParseLabel("mask")
	if want := `label "mask": want correct, incorrect, none or unknown`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for i := range frame.NumClasses {
		if frame.Class(i).Index() != i {
			t.Errorf("class %d has index %d", i, frame.Class(i).Index())
		}
	}
}

func TestIoU(t *testing.T) {
	a := frame.Box{X0: 0, Y0: 0, X1: 10, Y1: 10}
	for _, c := range []struct {
		b    frame.Box
		want float32
	}{
		{a, 1},
		{frame.Box{X0: 5, Y0: 0, X1: 15, Y1: 10}, 50.0 / 150},
		{frame.Box{X0: 10, Y0: 0, X1: 20, Y1: 10}, 0},
		{frame.Box{X0: 4, Y0: 4, X1: 2, Y1: 2}, 0},
	} {
		if got := a.IoU(c.b); got != c.want {
			t.Errorf("IoU(%v) = %v, want %v", c.b, got, c.want)
		}
	}
}

func TestPoolKeepsFrames(t *testing.T) {
	var p frame.Pool
	f := p.Get()
	f.Faces = append(f.Faces, frame.Face{Track: 1})
	f.Release()
	g := p.Get()
	if g != f || len(g.Faces) != 0 || cap(g.Faces) == 0 {
		t.Errorf("the pool gave %p with %d faces (room for %d), want %p emptied", g, len(g.Faces), cap(g.Faces), f)
	}
	p.Close()
	g.Release() // a frame that comes back late is freed, not kept
}
