package attack_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/attack"
)

// still is a patch that is neither turned nor scaled nor lit.
func still() attack.Variation {
	return attack.Variation{Scale: [2]float64{1, 1}, Gain: [2]float64{1, 1}}
}

// A patch that is worn as it was made is pasted.
func TestWearStill(t *testing.T) {
	f := newLinear(1).faces(3, false)
	patch := make([]float32, 3*3*3)
	for i := range patch {
		patch[i] = float32(i) / 27
	}
	at := attack.Place{Row: 2, Col: 4}
	want, err := attack.Paste(f, patch, 3, slices.Repeat([]attack.Place{at}, 3))
	if err != nil {
		t.Fatal(err)
	}
	got, err := attack.Wear(f, patch, 3, still(), &at, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Paper takes colors from pure white and black, and dims them.
func TestWearPaper(t *testing.T) {
	f := newLinear(1).faces(1, false)
	v := still()
	v.Printed, v.Gain = true, [2]float64{0.5, 0.5}
	at := attack.Place{}
	for _, c := range []struct{ r, g, b, wantR, wantG, wantB float64 }{
		{1, 1, 1, 0.45, 0.45, 0.45},
		{0, 0, 0, 0.05, 0.05, 0.05},
		{1, 0, 0, 0.05 + 0.4*(0.299+0.8*0.701), 0.05 + 0.4*(0.299-0.8*0.299), 0.05 + 0.4*(0.299-0.8*0.299)},
	} {
		images, err := attack.Wear(f, []float32{float32(c.r), float32(c.g), float32(c.b)}, 1, v, &at, 1)
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range []float64{c.wantR, c.wantG, c.wantB} {
			if math.Abs(float64(images[k])-want) > 1e-6 {
				t.Errorf("%v: channel %d is %g, want %g", c, k, images[k], want)
			}
		}
	}
}

// A patch made over many ways of wearing it turns more faces that wear it than one made for one way.
func TestUniversalWorn(t *testing.T) {
	net := newLinear(8)
	f := net.faces(60, false)
	paper := attack.Paper()
	paper.Turn = math.Pi // as a sticker of which nobody knows which way is up
	at := attack.Place{Row: 1, Col: 2}
	turned := func(worn *attack.Variation) (n int) {
		patch, err := attack.Universal{Side: 5, Steps: 200, Rate: 0.1, At: &at, Worn: worn, Seed: 3}.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Min(patch) < 0 || slices.Max(patch) > 1 {
			t.Errorf("values from %g to %g, want 0 to 1", slices.Min(patch), slices.Max(patch))
		}
		for seed := range uint64(20) {
			images, err := attack.Wear(f, patch, 5, paper, &at, 100+seed)
			if err != nil {
				t.Fatal(err)
			}
			n += broken(t, net, f, images)
		}
		return n
	}
	made, flat := turned(&paper), turned(nil)
	if made <= flat {
		t.Errorf("made over many ways: %d of 1200 turned, made for one: %d", made, flat)
	}
	t.Logf("made over many ways: %d of 1200 turned, made for one: %d", made, flat)
}

func TestVariationErrors(t *testing.T) {
	f := newLinear(1).faces(1, false)
	for _, c := range []struct {
		change func(*attack.Variation)
		want   string
	}{
		{func(v *attack.Variation) { v.Turn = 4 }, "attack: turn is 4, want 0 to pi"},
		{func(v *attack.Variation) { v.Scale[0] = 0 }, "attack: scale from 0 to 1, want above 0, the smaller first"},
		{func(v *attack.Variation) { v.Gain[0] = 2 }, "attack: gain from 2 to 1, want 0 or more, the smaller first"},
		{func(v *attack.Variation) { v.Offset[1] = 2 }, "attack: offset from 0 to 2, want -1 to 1, the smaller first"},
	} {
		v := still()
		c.change(&v)
		_, worn := attack.Wear(f, make([]float32, 12), 2, v, nil, 1)
		_, made := attack.Universal{Side: 2, Steps: 1, Rate: 1, Worn: &v}.Run(newLinear(1), f)
		for _, err := range []error{worn, made} {
			if err == nil || err.Error() != c.want {
				t.Errorf("error\n%v, want\n%s", err, c.want)
			}
		}
	}
	if _, err := attack.Wear(f, make([]float32, 5), 2, still(), nil, 1); err == nil || err.Error() != "attack: 5 values of a patch of side 2, want 12" {
		t.Errorf("error %v", err)
	}
}
