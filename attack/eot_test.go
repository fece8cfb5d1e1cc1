package attack_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/attack"
)

// identity neither turns nor scales nor lights a patch.
func identity() attack.EOT {
	return attack.EOT{Scale: [2]float64{1, 1}, Gain: [2]float64{1, 1}}
}

// Without a transform a patch is pasted.
func TestEOTIdentity(t *testing.T) {
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
	got, err := identity().Apply(f, patch, 3, &at, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A patch at twice its size shows colors between those of its pixels.
func TestEOTScale(t *testing.T) {
	f := newLinear(1).faces(1, false)
	patch := []float32{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1} // the upper row black, the lower white
	e := identity()
	e.Scale = [2]float64{2, 2}
	images, err := e.Apply(f, patch, 2, &attack.Place{Row: 2, Col: 3}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for row, want := range map[int]float32{2: 0.25, 3: 0.75} {
		if got := images[(row*width+3)*3]; math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("row %d shows %g, want %g", row, got, want)
		}
	}
	if images[0] != f.Pixels[0] {
		t.Error("the face changed away from the patch")
	}
}

// Paper takes colors from pure white and black, and dims them.
func TestEOTPaper(t *testing.T) {
	f := newLinear(1).faces(1, false)
	e := identity()
	e.Printed, e.Gain = true, [2]float64{0.5, 0.5}
	at := attack.Place{}
	for _, c := range []struct{ r, g, b, wantR, wantG, wantB float64 }{
		{1, 1, 1, 0.45, 0.45, 0.45},
		{0, 0, 0, 0.05, 0.05, 0.05},
		{1, 0, 0, 0.05 + 0.4*(0.299+0.8*0.701), 0.05 + 0.4*(0.299-0.8*0.299), 0.05 + 0.4*(0.299-0.8*0.299)},
	} {
		images, err := e.Apply(f, []float32{float32(c.r), float32(c.g), float32(c.b)}, 1, &at, 1)
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

// A patch made over many transforms succeeds on more transformed faces than one made without.
func TestUniversalEOT(t *testing.T) {
	net := newLinear(8)
	f := net.faces(60, false)
	paper := attack.Paper()
	paper.Turn = math.Pi // as a sticker of which nobody knows which way is up
	at := attack.Place{Row: 1, Col: 2}
	succeeded := func(e *attack.EOT) (n int) {
		patch, err := attack.Universal{Side: 5, Steps: 200, Rate: 0.1, At: &at, EOT: e, Seed: 3}.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Min(patch) < 0 || slices.Max(patch) > 1 {
			t.Errorf("values from %g to %g, want 0 to 1", slices.Min(patch), slices.Max(patch))
		}
		for seed := range uint64(20) {
			images, err := paper.Apply(f, patch, 5, &at, 100+seed)
			if err != nil {
				t.Fatal(err)
			}
			n += successes(t, net, f, images)
		}
		return n
	}
	with, without := succeeded(&paper), succeeded(nil)
	if with <= without {
		t.Errorf("%d of 1200 succeeded with EOT, %d without", with, without)
	}
	t.Logf("%d of 1200 succeeded with EOT, %d without", with, without)
}

func TestEOTErrors(t *testing.T) {
	f := newLinear(1).faces(1, false)
	for _, c := range []struct {
		change func(*attack.EOT)
		want   string
	}{
		{func(e *attack.EOT) { e.Turn = 4 }, "attack: turn is 4, want 0 to pi"},
		{func(e *attack.EOT) { e.Scale[0] = 0 }, "attack: scale from 0 to 1, want above 0, the smaller first"},
		{func(e *attack.EOT) { e.Gain[0] = 2 }, "attack: gain from 2 to 1, want 0 or more, the smaller first"},
		{func(e *attack.EOT) { e.Offset[1] = 2 }, "attack: offset from 0 to 2, want -1 to 1, the smaller first"},
	} {
		e := identity()
		c.change(&e)
		_, applied := e.Apply(f, make([]float32, 12), 2, nil, 1)
		_, made := attack.Universal{Side: 2, Steps: 1, Rate: 1, EOT: &e}.Run(newLinear(1), f)
		for _, err := range []error{applied, made} {
			if err == nil || err.Error() != c.want {
				t.Errorf("error\n%v, want\n%s", err, c.want)
			}
		}
	}
	if _, err := identity().Apply(f, make([]float32, 5), 2, nil, 1); err == nil || err.Error() != "attack: 5 values of a patch of side 2, want 12" {
		t.Errorf("error %v", err)
	}
}
