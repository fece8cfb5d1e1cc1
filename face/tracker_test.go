package face_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newTracker(t *testing.T, tr face.Tracker) *face.Tracker {
	t.Helper()
	if err := tr.Initialize(); err != nil {
		t.Fatal(err)
	}
	return &tr
}

// person returns a face of 60 x 80 pixels around x, y, with a landmark in its middle.
func person(x, y float32) frame.Face {
	f := frame.Face{Box: frame.Box{X0: x - 30, Y0: y - 40, X1: x + 30, Y1: y + 40}, Score: 0.9, Fresh: true}
	for i := range f.Landmarks {
		f.Landmarks[i] = frame.Point{X: x, Y: y}
	}
	return f
}

func ids(faces []frame.Face) []uint64 {
	var out []uint64
	for _, f := range faces {
		out = append(out, f.Track)
	}
	return out
}

func frameTime(i int) time.Time { return start.Add(time.Duration(i) * time.Second / 15) }

func TestTwoPeopleCross(t *testing.T) {
	tr := newTracker(t, face.Tracker{})
	var a1, b1 uint64
	// They walk towards, past and away from one another, one a little lower; detections come in either order.
	for i := range 60 {
		a, b := person(100+8*float32(i), 200), person(580-8*float32(i), 230)
		in := []frame.Face{a, b}
		if i%2 == 1 {
			in = []frame.Face{b, a}
		}
		out := tr.Update(in, true, frameTime(i))
		if len(out) != 2 || len(tr.Ended()) > 0 {
			t.Fatalf("frame %d: got %v, ended %v", i, out, tr.Ended())
		}
		if i == 0 {
			continue // seen once
		}
		ofA, ofB := out[i%2].Track, out[1-i%2].Track
		if i == 1 {
			a1, b1 = ofA, ofB
		}
		if ofA != a1 || ofB != b1 || ofA == ofB || ofA+ofB != 3 {
			t.Fatalf("frame %d: the two are %d and %d, were %d and %d", i, ofA, ofB, a1, b1)
		}
	}
}

func TestMissedDetections(t *testing.T) {
	tr := newTracker(t, face.Tracker{MaxMissed: 3})
	x := func(i int) float32 { return 100 + 6*float32(i) }
	for i := range 10 {
		tr.Update([]frame.Face{person(x(i), 100)}, true, frameTime(i))
	}
	for i := 10; i < 13; i++ { // the detector misses the person three times
		out := tr.Update(nil, true, frameTime(i))
		if len(out) != 1 || out[0].Track != 1 || out[0].Fresh {
			t.Fatalf("frame %d: got %+v, want person 1 carried on", i, out)
		}
		got := out[0].Box.Center()
		if math.Abs(float64(got.X-x(i))) > 4 || math.Abs(float64(got.Y-100)) > 2 {
			t.Errorf("frame %d: carried to %v, want %v, 100", i, got, x(i))
		}
		if p := out[0].Landmarks[2]; math.Abs(float64(p.X-got.X)) > 0.01 || math.Abs(float64(p.Y-got.Y)) > 0.01 {
			t.Errorf("frame %d: landmark at %v, want the middle of the box, %v", i, p, got)
		}
	}
	if out := tr.Update([]frame.Face{person(x(13), 100)}, true, frameTime(13)); len(out) != 1 || out[0].Track != 1 || !out[0].Fresh {
		t.Fatalf("back again: got %+v, want person 1", out)
	}
	for i := 14; i < 17; i++ {
		tr.Update(nil, true, frameTime(i))
	}
	if out := tr.Update(nil, true, frameTime(17)); len(out) != 0 || !slices.Equal(tr.Ended(), []uint64{1}) {
		t.Fatalf("missed four times: got %v, ended %v", out, tr.Ended())
	}
	if tr.Update(nil, true, frameTime(18)); len(tr.Ended()) != 0 {
		t.Errorf("ended twice: %v", tr.Ended())
	}
	// A number is never given twice.
	tr.Update([]frame.Face{person(x(19), 100)}, true, frameTime(19))
	if out := tr.Update([]frame.Face{person(x(20), 100)}, true, frameTime(20)); !slices.Equal(ids(out), []uint64{2}) {
		t.Errorf("a new person got %v, want 2", ids(out))
	}
}

func TestDetectorRunsNowAndThen(t *testing.T) {
	tr := newTracker(t, face.Tracker{})
	for i := range 90 {
		detected := i%3 == 0
		var in []frame.Face
		if detected {
			in = []frame.Face{person(100+5*float32(i), 100+2*float32(i))}
		}
		out := tr.Update(in, detected, frameTime(i))
		if i < 4 { // seen in frames 0 and 3
			continue
		}
		want := person(100+5*float32(i), 100+2*float32(i)).Box
		if len(out) != 1 || out[0].Track != 1 || out[0].Fresh != detected || out[0].Box.IoU(want) < 0.6 {
			t.Fatalf("frame %d: got %+v, want %v", i, out, want)
		}
		if i > 20 && out[0].Box.IoU(want) < 0.9 {
			t.Errorf("frame %d: the filter has not learnt the motion: %v, want %v", i, out[0].Box, want)
		}
	}
	// What comes with a frame in which the detector did not run is not believed.
	if out := tr.Update([]frame.Face{person(900, 900)}, false, frameTime(90)); !slices.Equal(ids(out), []uint64{1}) {
		t.Errorf("got %v", out)
	}
}

func TestFalseAlarmGetsNoNumber(t *testing.T) {
	tr := newTracker(t, face.Tracker{MinHits: 3})
	for i := range 30 { // seen in two frames of three
		var in []frame.Face
		if i%3 != 0 {
			in = []frame.Face{person(100, 100)}
		}
		out := tr.Update(in, true, frameTime(i))
		if len(out) != len(in) || len(tr.Ended()) > 0 || len(out) > 0 && out[0].Track != 0 {
			t.Fatalf("frame %d: got %v, ended %v", i, out, tr.Ended())
		}
	}
}

func TestDroppedFramesAndClockJumps(t *testing.T) {
	tr := newTracker(t, face.Tracker{})
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	walk := func(ms int) []frame.Face { return []frame.Face{person(100+0.1*float32(ms), 100)} } // 100 pixels a second
	for ms := 0; ms <= 1000; ms += 100 {
		tr.Update(walk(ms), true, at(ms))
	}
	for _, ms := range []int{1900, 2000, 2800} { // 90 pixels on, 1.5 times the face's width: no overlap without the clock
		if out := tr.Update(walk(ms), true, at(ms)); !slices.Equal(ids(out), []uint64{1}) {
			t.Fatalf("at %d ms: got %v, want [1]", ms, ids(out))
		}
	}
	// The clock is set back: the person has hardly moved.
	if out := tr.Update(walk(2800), true, at(-50_000)); !slices.Equal(ids(out), []uint64{1}) {
		t.Errorf("clock set back: got %v", ids(out))
	}
	// After a long gap the person at that place is somebody else.
	out := tr.Update(walk(2800), true, at(100_000))
	if !slices.Equal(ids(out), []uint64{0}) || !slices.Equal(tr.Ended(), []uint64{1}) {
		t.Errorf("after a gap: got %v, ended %v", ids(out), tr.Ended())
	}
	if out := tr.Update(walk(2800), true, at(100_100)); !slices.Equal(ids(out), []uint64{2}) {
		t.Errorf("after a gap: got %v, want [2]", ids(out))
	}
}

func TestTrackerGrowingFace(t *testing.T) {
	tr := newTracker(t, face.Tracker{})
	for i := range 60 { // a person comes nearer, then leaves; the box doubles in two seconds
		side := 40 + 40*float32(min(i, 60-i))/30
		f := frame.Face{Box: frame.Box{X0: 200, Y0: 200, X1: 200 + side, Y1: 200 + 1.3*side}, Fresh: true}
		if out := tr.Update([]frame.Face{f}, true, frameTime(i)); i > 0 && !slices.Equal(ids(out), []uint64{1}) {
			t.Fatalf("frame %d: got %v", i, ids(out))
		}
	}
}

func TestTrackerOddBoxes(t *testing.T) {
	tr := newTracker(t, face.Tracker{})
	nan := float32(math.NaN())
	odd := []frame.Face{{}, {Box: frame.Box{X0: nan, Y0: 0, X1: 5, Y1: 5}}, {Box: frame.Box{X0: 9, Y0: 9, X1: 3, Y1: 3}}}
	for i := range 5 {
		out := tr.Update(append(slices.Clone(odd), person(300, 300)), true, frameTime(i))
		if want := []uint64{0, 0, 0, uint64(min(i, 1))}; !slices.Equal(ids(out), want) {
			t.Fatalf("frame %d: got %v, want %v", i, ids(out), want)
		}
	}
}

func TestTrackerErrors(t *testing.T) {
	tr := face.Tracker{MinIoU: 2}
	want := "face tracker: min IoU 2, max missed 5, min hits 2, max unseen 3s: " +
		"want an IoU above 0 and below 1, at least one hit, and nothing below 0"
	if err := tr.Initialize(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTrackerAllocations(t *testing.T) {
	tr := newTracker(t, face.Tracker{})
	faces := make([]frame.Face, 0, 16)
	i := 0
	n := testing.AllocsPerRun(200, func() {
		faces = faces[:0]
		if i%3 == 0 {
			faces = append(faces, person(100+float32(i), 100), person(400-float32(i), 100), person(200, 300))
		}
		faces = tr.Update(faces, i%3 == 0, frameTime(i))
		i++
	})
	if n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// TestCarriedFacesKeepTheirGrade: a face between two detections has the quality and the probabilities that it was last graded with.
func TestCarriedFacesKeepTheirGrade(t *testing.T) {
	tr := newTracker(t, face.Tracker{MinHits: 1})
	probs := frame.Probabilities{0.2, 0.1, 0.7}
	grade := func(i int, near, far frame.Face) {
		out := tr.Update([]frame.Face{person(100, 100), person(400, 100)}, true, frameTime(i))
		for k, g := range []frame.Face{near, far} {
			out[k].Quality, out[k].Probs = g.Quality, g.Probs
		}
		tr.Remember(out)
	}
	carried := func(i int, near, far frame.Face) {
		t.Helper()
		out := tr.Update(nil, false, frameTime(i))
		if len(out) != 2 {
			t.Fatalf("frame %d: %d faces, want 2", i, len(out))
		}
		for k, want := range []frame.Face{near, far} {
			if out[k].Fresh || out[k].Quality != want.Quality || out[k].Probs != want.Probs {
				t.Errorf("frame %d: face %d is %s with %v, want %s with %v", i, k, out[k].Quality, out[k].Probs, want.Quality, want.Probs)
			}
		}
		tr.Remember(out) // carried faces change nothing
	}
	good, small := frame.Face{Probs: probs}, frame.Face{Quality: frame.TooSmall}
	grade(0, good, small)
	carried(1, good, small)
	carried(2, good, small)
	grade(3, frame.Face{Quality: frame.TurnedAway}, good)
	carried(4, frame.Face{Quality: frame.TurnedAway}, good)
	if n := testing.AllocsPerRun(100, func() { tr.Remember(nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
