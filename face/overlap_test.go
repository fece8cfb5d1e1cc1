package face_test

import (
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

// shifted is a still person seen again d pixels to the right; of 60 pixels' width the overlap is (60-d)/(60+d).
func shifted(d float32) frame.Face { return person(100+d, 100) }

// TestMinIoUPartsPeople: a detection that overlaps a person's box by less than MinIoU is somebody else.
func TestMinIoUPartsPeople(t *testing.T) {
	for _, c := range []struct {
		name   string
		minIoU float32
		shift  float32
		same   bool
	}{
		{"overlap above", 0.5, 19, true},
		{"overlap just at the limit", 0.5, 20, true},
		{"overlap below", 0.5, 21, false},
		{"a low limit lets it through", 0.1, 40, true},
		{"a high limit does not", 0.9, 5, false},
		{"no overlap at all", 0.01, 61, false},
	} {
		tr := newTracker(t, face.Tracker{MinIoU: c.minIoU, MinHits: 1})
		for range 5 { // at one and the same time, so that nothing moves in between
			tr.Update([]frame.Face{shifted(0)}, true, start)
		}
		out := tr.Update([]frame.Face{shifted(c.shift)}, true, start)
		if got := out[0].Track == 1; got != c.same {
			t.Errorf("%s: a shift of %v pixels with min IoU %v gave %v, same person wanted: %t", c.name, c.shift, c.minIoU, ids(out), c.same)
		}
	}
}

// TestUnseenForTooLong: a person is kept for MaxUnseen, and is a new one after it.
func TestUnseenForTooLong(t *testing.T) {
	for _, c := range []struct {
		gap  time.Duration
		want uint64
	}{{time.Second, 1}, {time.Second + 1, 2}} {
		tr := newTracker(t, face.Tracker{MinHits: 1, MaxUnseen: time.Second})
		tr.Update([]frame.Face{shifted(0)}, true, start)
		if out := tr.Update([]frame.Face{shifted(0)}, true, start.Add(c.gap)); out[0].Track != c.want {
			t.Errorf("seen again after %v: person %d, want %d", c.gap, out[0].Track, c.want)
		}
	}
}
