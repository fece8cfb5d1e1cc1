package attack

import (
	"slices"
	"testing"
)

// An attack succeeds with the target as the answer, or without one with any but the label. Of equal logits the first is the answer.
func TestSucceeds(t *testing.T) {
	for _, c := range []struct {
		logits        []float32
		label, target int
		want          bool
	}{
		{[]float32{1, 2, 3}, 2, -1, false},
		{[]float32{1, 2, 3}, 0, -1, true},
		{[]float32{3, 3, 1}, 0, -1, false},
		{[]float32{3, 3, 1}, 1, -1, true},
		{[]float32{1, 3, 2}, 0, 1, true},
		{[]float32{1, 3, 2}, 0, 2, false},
		{[]float32{3, 3, 2}, 2, 1, false},
		{[]float32{1, 3, 3}, 0, 1, true},
	} {
		if got := succeeds(c.logits, c.label, c.target); got != c.want {
			t.Errorf("%v, label %d, target %d: got %t", c.logits, c.label, c.target, got)
		}
	}
}

// fixed is a network that gives an image its first values as logits.
type fixed struct{}

func (fixed) Logits(images, logits []float32) error {
	copy(logits, images)
	return nil
}

func (fixed) Gradient(_, _, gradients []float32) error {
	clear(gradients)
	return nil
}

// The search keeps an image that succeeds or has a higher value, and goes on with the faces that withstand.
func TestKeep(t *testing.T) {
	faces := &Faces{Height: 1, Width: 1, Pixels: make([]float32, 12), Labels: []int{0, 0, 0, 0}}
	s := newBlackBox(fixed{}, faces, margin, 4)
	best, values := make([]float32, 12), []float32{-0.5, -0.5, 9, 9}
	x := []float32{
		1, 0.6, 0, // face 0 withstands, by less than before
		1, 0.2, 0, // face 1 withstands, by more
		0, 0.1, 0, // face 2 succeeds, by less than stands there
		1, 0, 0, // face 3 withstands
	}
	if err := s.score(x, []int{0, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if want := []bool{false, false, true, false}; !slices.Equal(s.succeeded, want) {
		t.Errorf("succeeded %v, want %v", s.succeeded, want)
	}
	if left := s.keep(best, values, x, []int{0, 1, 2, 3}, false); !slices.Equal(left, []int{0, 1, 3}) {
		t.Errorf("left %v, want 0, 1 and 3", left)
	}
	want := []float32{1, 0.6, 0, 0, 0, 0, 0, 0.1, 0, 0, 0, 0}
	if !slices.Equal(best, want) || values[0] != x[1]-x[0] || values[1] != -0.5 || values[2] != 0.1 || values[3] != 9 {
		t.Errorf("best %v, values %v", best, values)
	}
	if s.keep(best, values, x, []int{0, 1, 2, 3}, true); !slices.Equal(best, x) {
		t.Errorf("best %v, want all images %v", best, x)
	}
}
