package attack_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/attack"
)

func TestGrid(t *testing.T) {
	grid, err := attack.Grid(6, 8, 2, 9)
	if err != nil {
		t.Fatal(err)
	}
	want := []attack.Place{{0, 0}, {0, 3}, {0, 6}, {2, 0}, {2, 3}, {2, 6}, {4, 0}, {4, 3}, {4, 6}}
	if diff := cmp.Diff(want, grid); diff != "" {
		t.Error(diff)
	}
	if middle, err := attack.Grid(6, 8, 2, 1); err != nil || !slices.Equal(middle, []attack.Place{{2, 3}}) {
		t.Errorf("%v, %v, want the middle", middle, err)
	}
}

// A patch of side s changes s² pixels, those it lies on.
func TestPaste(t *testing.T) {
	f := newLinear(1).faces(2, false)
	patch := slices.Repeat([]float32{1}, 3*3*3)
	at := []attack.Place{{0, 0}, {3, 5}}
	images, err := attack.Paste(f, patch, 3, at)
	if err != nil {
		t.Fatal(err)
	}
	for i := range images {
		face, row, col := i/size, i%size/3/width, i/3%width
		inside := row >= at[face].Row && row < at[face].Row+3 && col >= at[face].Col && col < at[face].Col+3
		if want := f.Pixels[i]; inside != (images[i] == 1) || !inside && images[i] != want {
			t.Fatalf("face %d, row %d, column %d: %g, the face has %g", face, row, col, images[i], want)
		}
	}
	each := slices.Concat(patch, slices.Repeat([]float32{0}, len(patch)))
	if images, err = attack.Paste(f, each, 3, at); err != nil || images[0] != 1 || images[2*size-1] != 0 {
		t.Errorf("first value %g, last %g, %v: want 1 and 0, a patch each", images[0], images[2*size-1], err)
	}
}

// On a linear network the best patch is known: each value at an end.
func TestPatch(t *testing.T) {
	both(t, func(t *testing.T, targeted bool) {
		net := newLinear(6)
		f := net.faces(20, targeted)
		places, err := attack.Grid(height, width, 4, 9)
		if err != nil {
			t.Fatal(err)
		}
		a := attack.Patch{Side: 4, Places: places, Iterations: 40, Step: 0.1, Exhaust: true, Seed: 1}
		got, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		again, err := attack.Paste(f, got.Patches, 4, got.Places)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(again, got.Images) {
			t.Error("the images are not the faces with the patches at the places")
		}
		succeeded, err := attack.Succeeded(net, f, got.Images)
		if err != nil {
			t.Fatal(err)
		}
		for i, value := range got.Values {
			if succeeded[i] != (value > 0) {
				t.Errorf("face %d: margin %g, succeeded %v", i, value, succeeded[i])
			}
			// No patch does better than the bound; the best one away from the label reaches it.
			if best := bound(net, f, i, 4, places); value > best+0.001 || !targeted && value < 0.9*best {
				t.Errorf("face %d: margin %g, the best of all patches has %g", i, value, best)
			}
		}
		a.Exhaust = false
		net.asked = 0
		early, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		if few, all := successes(t, net, f, early.Images), successes(t, net, f, got.Images); few < all-1 {
			t.Errorf("%d succeeded when done at once, %d with all iterations", few, all)
		}
	})
}

// Of 36 places 25 are tried for 3 steps, 6 until the 11th and 2 until the last. Each round scores its last step, too.
func TestPatchHalving(t *testing.T) {
	net := newLinear(6)
	f := net.faces(1, false)
	places, err := attack.Grid(height, width, 1, 36)
	if err != nil {
		t.Fatal(err)
	}
	net.asked = 0
	if _, err := (attack.Patch{Side: 1, Places: places, Iterations: 16, Step: 0.1, Exhaust: true}).Run(net, f); err != nil {
		t.Fatal(err)
	}
	if want := 25*4 + 6*9 + 2*6; net.asked != want {
		t.Errorf("%d images, want %d", net.asked, want)
	}
}

// bound is the margin that no patch at any of the places exceeds on face i.
func bound(net *linear, f *attack.Faces, i, side int, places []attack.Place) float32 {
	best := float32(math.Inf(-1))
	for _, place := range places {
		if f.Targets == nil {
			for to := range attack.Classes {
				if to != f.Labels[i] {
					best = max(best, net.lead(f, i, to, f.Labels[i], side, place))
				}
			}
			continue
		}
		least := float32(math.Inf(1)) // the target has to beat both others
		for from := range attack.Classes {
			if from != f.Targets[i] {
				least = min(least, net.lead(f, i, f.Targets[i], from, side, place))
			}
		}
		best = max(best, least)
	}
	return best
}

// lead is the most that a patch at a place can give one logit over another.
func (n *linear) lead(f *attack.Faces, i, to, from, side int, place attack.Place) float32 {
	x := slices.Clone(f.Pixels[i*size : (i+1)*size])
	for r := range side {
		for k := range side * 3 {
			j := ((place.Row+r)*width+place.Col)*3 + k
			if x[j] = 0; n.weights[to][j] > n.weights[from][j] {
				x[j] = 1
			}
		}
	}
	logits := make([]float32, attack.Classes)
	_ = n.Logits(x, logits)
	return logits[to] - logits[from]
}

func TestUniversal(t *testing.T) {
	both(t, func(t *testing.T, targeted bool) {
		net := newLinear(8)
		f := net.faces(30, targeted)
		for i := range f.Targets {
			if f.Targets[i] = 2; f.Labels[i] == 2 {
				f.Targets[i] = 1
			}
		}
		for _, a := range []attack.Universal{
			{Side: 5, Steps: 60, Batch: 8, Rate: 0.1, Seed: 3},
			{Side: 5, Steps: 60, Rate: 0.1, At: &attack.Place{Row: 1, Col: 2}},
			{Side: 5, Steps: 60, Rate: 5, Plain: true, At: &attack.Place{Row: 1, Col: 2}},
		} {
			patch, err := a.Run(net, f)
			if err != nil {
				t.Fatal(err)
			}
			again, err := a.Run(net, f)
			if err != nil || !slices.Equal(patch, again) {
				t.Errorf("the same seed gave another patch (%v)", err)
			}
			if slices.Min(patch) < 0 || slices.Max(patch) > 1 {
				t.Errorf("values from %g to %g, want 0 to 1", slices.Min(patch), slices.Max(patch))
			}
			at := slices.Repeat([]attack.Place{{1, 2}}, 30)
			images, err := attack.Paste(f, patch, 5, at)
			if err != nil {
				t.Fatal(err)
			}
			gray, err := attack.Paste(f, slices.Repeat([]float32{0.5}, len(patch)), 5, at)
			if err != nil {
				t.Fatal(err)
			}
			if got, control := successes(t, net, f, images), successes(t, net, f, gray); a.At != nil && got <= control {
				t.Errorf("%+v: %d of 30 attacks succeeded, with a gray square %d", a, got, control)
			}
		}
	})
}
