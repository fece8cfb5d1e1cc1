package defense_test

import (
	"testing"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
)

// TestWithClassifier: a checker on another classifier finds the same, with buffers of its own.
func TestWithClassifier(t *testing.T) {
	c := newChecker(t, func(c *defense.Checker) { c.Recovery = true })
	b, err := c.WithClassifier(c.Classifier)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"golden/correct-1.png", "golden/incorrect-7.png", "golden/none-1.png"} {
		pixels, width := rgb(t, file)
		crop := newMat(t, width, width, pixels)
		if want, got := check(t, c, crop), check(t, b, crop); got != want || got.Certified == frame.Unproved {
			t.Errorf("%s: got %+v, want %+v", file, got, want)
		}
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	pixels, width := rgb(t, "golden/none-1.png")
	crop := newMat(t, width, width, pixels)
	if _, err := b.Check(crop, nil); err == nil || err.Error() != "certified check: not initialized, or closed" {
		t.Errorf("got %v", err)
	}
	check(t, c, crop) // goes on
	if _, err := b.WithClassifier(c.Classifier); err == nil || err.Error() != "certified check: not initialized, or closed" {
		t.Errorf("got %v", err)
	}
}
