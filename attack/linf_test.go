package attack_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/attack"
)

// within checks that images keep to the ball around the faces and to [0, 1].
func within(t *testing.T, f *attack.Faces, images []float32, eps float32) {
	t.Helper()
	for i, v := range images {
		if !(v >= 0 && v <= 1) || math.Abs(float64(v-f.Pixels[i])) > float64(eps)+1e-6 {
			t.Fatalf("value %d is %g, the face's %g: not within %g", i, v, f.Pixels[i], eps)
		}
	}
}

// On a linear network of two classes left the signed step is the worst of all changes: each value goes to an end of the ball.
func TestFGSM(t *testing.T) {
	both(t, func(t *testing.T, targeted bool) {
		net := newLinear(1)
		f := net.faces(5, targeted)
		const eps = 0.01
		images, err := attack.FGSM{Eps: eps}.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		within(t, f, images, eps)
		logits := make([]float32, 5*attack.Classes)
		_ = net.Logits(f.Pixels, logits)
		for i := range images {
			face, j := i/size, i%size
			// The derivative of the cross-entropy, by hand.
			z, total, gradient := logits[face*attack.Classes:(face+1)*attack.Classes], 0.0, 0.0
			for _, v := range z {
				total += math.Exp(float64(v - slices.Max(z)))
			}
			for k, v := range z {
				gradient += math.Exp(float64(v-slices.Max(z))) / total * float64(net.weights[k][j])
			}
			aim := f.Labels[face]
			if targeted {
				aim = f.Targets[face]
			}
			gradient -= float64(net.weights[aim][j])
			if targeted {
				gradient = -gradient
			}
			if math.Abs(gradient) < 1e-4 {
				continue // rounding may turn it
			}
			want := f.Pixels[i] + float32(math.Copysign(eps, gradient))
			if math.Abs(float64(images[i]-want)) > 1e-6 {
				t.Fatalf("value %d is %g, want %g", i, images[i], want)
			}
		}
	})
}

func TestBIM(t *testing.T) {
	both(t, func(t *testing.T, targeted bool) {
		net := newLinear(2)
		f := net.faces(40, targeted)
		a := attack.BIM{Eps: 0.05, Step: 0.01, Iterations: 20}
		images, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		within(t, f, images, a.Eps)
		once, err := attack.FGSM{Eps: a.Eps}.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		many, few := successes(t, net, f, images), successes(t, net, f, once)
		if many < few-2 || many < 30 { // on a linear network one step is all but the best
			t.Errorf("%d attacks succeeded in many steps, %d in one: want as many, 30 at least of 40", many, few)
		}
	})
}

func TestPGD(t *testing.T) {
	both(t, func(t *testing.T, targeted bool) {
		net := newLinear(3)
		f := net.faces(40, targeted)
		a := attack.PGD{Eps: 0.02, Step: 0.005, Iterations: 10, Restarts: 1, Seed: 5}
		images, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		within(t, f, images, a.Eps)
		again, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(images, again) {
			t.Error("the same seed gave other images")
		}
		other := a
		other.Seed++
		if different, err := other.Run(net, f); err != nil || slices.Equal(images, different) {
			t.Errorf("another seed gave the same images (%v)", err)
		}
		a.Restarts = 5
		more, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		if one, five := successes(t, net, f, images), successes(t, net, f, more); five < one {
			t.Errorf("%d attacks succeeded with 5 starts, %d with one", five, one)
		}
	})
}

// The smallest effort that is asked for is enough.
func TestLeast(t *testing.T) {
	net := newLinear(3)
	f := net.faces(2, false)
	places := []attack.Place{{Row: height - 1, Col: width - 1}}
	for name, run := range map[string]func() error{
		"bim": func() error { _, err := attack.BIM{Eps: 1, Step: 1, Iterations: 1}.Run(net, f); return err },
		"pgd": func() error {
			_, err := attack.PGD{Eps: 1, Step: 1, Iterations: 1, Restarts: 1}.Run(net, f)
			return err
		},
		"carlini": func() error {
			_, err := attack.CarliniWagner{Steps: 1, BinarySteps: 1, Rate: 1, InitialConst: 1}.Run(net, f)
			return err
		},
		"square": func() error { _, err := attack.Square{Eps: 1, Queries: 1}.Run(net, f); return err },
		"patch": func() error {
			_, err := attack.Patch{Side: 1, Places: places, Iterations: 1, Step: 1}.Run(net, f)
			return err
		},
		"universal": func() error {
			_, err := attack.Universal{Side: height, Steps: 1, Batch: 1, Rate: 1}.Run(net, f)
			return err
		},
	} {
		if err := run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrors(t *testing.T) {
	net := newLinear(1)
	good := net.faces(2, false)
	with := func(change func(f *attack.Faces)) *attack.Faces {
		f := *good
		f.Pixels, f.Labels = slices.Clone(f.Pixels), slices.Clone(f.Labels)
		change(&f)
		return &f
	}
	fgsm := attack.FGSM{Eps: 0.1}
	for _, c := range []struct {
		name string
		run  func() error
		want string
	}{
		{"no size", func() error { _, err := fgsm.Run(net, with(func(f *attack.Faces) { f.Width = 0 })); return err }, "attack: faces of 0x6 pixels, want 1x1 or more"},
		{"no faces", func() error { _, err := fgsm.Run(net, &attack.Faces{Height: 6, Width: 8}); return err }, "attack: 0 values for 0 labels of 8x6 faces, want 144 each, for one or more"},
		{"half a face", func() error {
			_, err := fgsm.Run(net, with(func(f *attack.Faces) { f.Pixels = f.Pixels[72:] }))
			return err
		}, "attack: 216 values for 2 labels of 8x6 faces, want 144 each, for one or more"},
		{"label", func() error { _, err := fgsm.Run(net, with(func(f *attack.Faces) { f.Labels[1] = 3 })); return err }, "attack: label 1 is 3, want 0 to 2"},
		{"targets", func() error {
			_, err := fgsm.Run(net, with(func(f *attack.Faces) { f.Targets = []int{1} }))
			return err
		}, "attack: 1 targets for 2 labels, want as many, or none"},
		{"target", func() error {
			_, err := fgsm.Run(net, with(func(f *attack.Faces) { f.Labels, f.Targets = []int{0, 1}, []int{1, 1} }))
			return err
		}, "attack: target 1 is 1 for the label 1, want another of 0 to 2"},
		{"pixel", func() error { _, err := fgsm.Run(net, with(func(f *attack.Faces) { f.Pixels[3] = 255 })); return err }, "attack: value 3 of the faces is 255, want 0 to 1"},
		{"eps", func() error { _, err := attack.FGSM{}.Run(net, good); return err }, "attack: eps is 0, want above 0, at most 1"},
		{"step", func() error { _, err := attack.BIM{Eps: 0.1}.Run(net, good); return err }, "attack: step is 0, want above 0, at most 1"},
		{"iterations", func() error { _, err := attack.BIM{Eps: 0.1, Step: 0.1}.Run(net, good); return err }, "attack: 0 iterations, want 1 or more"},
		{"restarts", func() error {
			_, err := attack.PGD{Eps: 0.1, Step: 0.1, Iterations: 1}.Run(net, good)
			return err
		}, "attack: 0 restarts, want 1 or more"},
		{"confidence", func() error { _, err := attack.CarliniWagner{Confidence: -1}.Run(net, good); return err }, "attack: confidence is -1, want 0 or more"},
		{"steps", func() error { _, err := attack.CarliniWagner{BinarySteps: 2}.Run(net, good); return err }, "attack: 0 steps for each of 2 constants, want 1 or more"},
		{"rate", func() error {
			_, err := attack.CarliniWagner{Steps: 1, BinarySteps: 1, InitialConst: 1}.Run(net, good)
			return err
		}, "attack: rate is 0 and the first constant 1, want above 0"},
		{"first constant", func() error {
			_, err := attack.CarliniWagner{Steps: 1, BinarySteps: 1, Rate: 1}.Run(net, good)
			return err
		}, "attack: rate is 1 and the first constant 0, want above 0"},
		{"queries", func() error { _, err := attack.Square{Eps: 1}.Run(net, good); return err }, "attack: 0 queries, want 1 or more"},
		{"grid", func() error { _, err := attack.Grid(6, 8, 2, 5); return err }, "attack: 5 places, want a square number, as 25 for a grid of 5x5"},
		{"side", func() error { _, err := attack.Grid(6, 8, 7, 1); return err }, "attack: a patch of side 7, want 1 to 6"},
		{"no place", func() error { _, err := attack.Patch{Side: 2}.Run(net, good); return err }, "attack: no place for the patch, want one or more"},
		{"outside", func() error {
			_, err := attack.Patch{Side: 3, Places: []attack.Place{{0, 5}, {4, 0}}}.Run(net, good)
			return err
		}, "attack: place 1 is row 4, column 0, where a patch of side 3 leaves the face: want at most 3, 5"},
		{"universal", func() error { _, err := attack.Universal{Side: 2}.Run(net, good); return err }, "attack: 0 steps on 0 faces each, want 1 or more on 1 or more, or 0 for all"},
		{"universal rate", func() error { _, err := attack.Universal{Side: 2, Steps: 1}.Run(net, good); return err }, "attack: rate is 0, want above 0"},
		{"last row", func() error {
			_, err := attack.Paste(good, make([]float32, 27), 3, []attack.Place{{3, 5}, {0, 6}})
			return err
		}, "attack: place 1 is row 0, column 6, where a patch of side 3 leaves the face: want at most 3, 5"},
		{"patches", func() error { _, err := attack.Paste(good, make([]float32, 5), 2, nil); return err }, "attack: 5 values of patches of side 2 for 2 faces, want 12 each, or as many for all"},
		{"places", func() error { _, err := attack.Paste(good, make([]float32, 12), 2, nil); return err }, "attack: 0 places for 2 faces, want one each"},
		{"images", func() error { _, err := attack.Succeeded(net, good, nil); return err }, "attack: 0 values of images, want 288, as many as of the faces"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.run()
			if err == nil || err.Error() != c.want {
				t.Errorf("error\n%v, want\n%s", err, c.want)
			}
		})
	}
	if diff := cmp.Diff(net.faces(2, false), good); diff != "" {
		t.Errorf("the faces were changed: %s", diff)
	}
}
