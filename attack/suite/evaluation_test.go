package suite_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/frame"
)

// Every method leaves the faces alone at strength 0, and turns most of them at its greatest usual strength.
func TestMethods(t *testing.T) {
	paper := attack.Paper()
	for _, m := range append(suite.Methods(), suite.Universal(nil), suite.Universal(&paper)) {
		net := newLinear()
		e := &suite.Evaluation{Method: m, Strengths: m.Strengths, Faces: net.faces(t, 7), Seed: 3}
		if m.Unit != "L2 distance" && m.Unit != "255ths of a pixel's range" {
			e.Strengths = []float64{0.02, 0.4} // the faces are small
		}
		model := net.model()
		if m.BlackBox {
			model.Network = nil
		}
		r, err := e.Run(t.Context(), model)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		var strengths []float64
		for _, p := range r.Points {
			strengths = append(strengths, p.Strength)
			if p.Accuracy.Of != 21 || p.NoneCorrect == nil || p.NoneCorrect.Of != 7 || p.Target != nil {
				t.Errorf("%s: got %+v", m.Name, p)
			}
		}
		if !slices.Equal(strengths, append([]float64{0}, e.Strengths...)) || r.Model != "linear" {
			t.Errorf("%s: strengths %v of %s", m.Name, strengths, r.Model)
		}
		first, last := r.Points[0], r.Points[len(r.Points)-1]
		if first.Accuracy.Count != 21 || first.NoneCorrect.Count != 0 || last.Accuracy.Count > 14 || m.Unit != "share of the picture's area" && last.Accuracy.Count > 2 {
			t.Errorf("%s: %d of 21 faces keep their label without an attack, %d with the strongest", m.Name, first.Accuracy.Count, last.Accuracy.Count)
		}
		if (r.Distance != nil) != (m.Name == "cw") || (len(r.Patches) > 0) != m.Whole {
			t.Errorf("%s: distance %v, %d patches", m.Name, r.Distance, len(r.Patches))
		}
		for i, p := range r.Patches {
			if p.Strength != e.Strengths[i] || p.Side != int(math.Round(side*math.Sqrt(p.Strength))) || len(p.Pixels) != 3*p.Side*p.Side {
				t.Errorf("%s: patch %d of %g has side %d and %d values", m.Title, i, p.Strength, p.Side, len(p.Pixels))
			}
		}
	}
}

func TestTargeted(t *testing.T) {
	net := newLinear()
	all := net.faces(t, 20)
	f := &suite.Faces{Height: side, Width: side}
	for i, label := range all.Labels {
		if label == frame.None {
			f.Pixels, f.Labels = append(f.Pixels, all.Pixels[i]), append(f.Labels, label)
		}
	}
	e := &suite.Evaluation{Method: method(t, "pgd"), Strengths: []float64{1, 32}, Faces: f, Target: frame.Correct, Seed: 1}
	r, err := e.Run(t.Context(), net.model())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, -1, 20} {
		p := r.Points[i]
		if p.Target == nil || *p.Target != *p.NoneCorrect || p.Target.Of != 20 || want >= 0 && p.Target.Count != want {
			t.Errorf("strength %g: target %+v, none → correct %+v, want %d of 20", p.Strength, p.Target, p.NoneCorrect, want)
		}
	}
	e.Target = frame.Incorrect
	if r, err = e.Run(t.Context(), net.model()); err != nil || r.Points[2].Target.Count != 20 || r.Points[2].NoneCorrect.Count != 0 {
		t.Errorf("%v, got %+v", err, r.Points[2])
	}
}

// The smoothing stands before the network, the black box and the classifier alike.
func TestSmooth(t *testing.T) {
	for _, name := range []string{"pgd", "square"} {
		net := newLinear()
		e := &suite.Evaluation{Method: method(t, name), Strengths: []float64{16}, Faces: net.faces(t, 5), Seed: 1}
		m := net.model()
		smoothed := 0
		m.Smooth = func(face []byte) ([]byte, error) { // a smoothing that leaves nothing of the faces
			smoothed++
			return slices.Repeat([]byte{200}, len(face)), nil
		}
		r, err := e.Run(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := r.Points[0].Accuracy.Count, r.Points[1].Accuracy.Count; a != 5 || b != 5 {
			t.Errorf("%s: %d and %d of 15 faces keep their label, want those of the one class that is left", name, a, b)
		}
		if least := 15 + 15 + net.asked/2; smoothed < least-31 {
			t.Errorf("%s: %d faces smoothed, the network was asked about %d", name, smoothed, net.asked)
		}
		m.Smooth = func([]byte) ([]byte, error) { return nil, errors.New("no memory") }
		if _, err := e.Run(t.Context(), m); err == nil {
			t.Errorf("%s: no error of the smoothing", name)
		}
	}
}

// Carlini & Wagner's distances are those of the images as the classifier gets them, close to the least that turn a linear network.
func TestNearest(t *testing.T) {
	net := newLinear()
	f := net.faces(t, 4)
	f.Labels[0] = frame.Class((f.Labels[0].Index() + 1) % 3) // wrong without an attack: distance 0
	e := &suite.Evaluation{Method: method(t, "cw"), Strengths: []float64{0.001, 100}, Faces: f, Seed: 1}
	r, err := e.Run(t.Context(), net.model())
	if err != nil {
		t.Fatal(err)
	}
	var least []float64
	for i := range f.Labels {
		logits := make([]float32, 3)
		_ = net.Logits(suite.AppendValues(nil, f.Pixels[i]), logits)
		from := slices.Index(classes(), f.Labels[i].String())
		nearest := math.Inf(1)
		for to := range logits {
			if to != from {
				square := 0.0
				for j := range size {
					square += math.Pow(net.weights[from][j]-net.weights[to][j], 2)
				}
				nearest = min(nearest, max(0, float64(logits[from]-logits[to]))/math.Sqrt(square))
			}
		}
		least = append(least, nearest)
	}
	slices.Sort(least)
	want := (least[5] + least[6]) / 2
	if d := r.Distance; d.Median == nil || d.Succeeded.Count != 12 || d.Succeeded.Of != 12 || *d.Median != math.Round(*d.Median*1e4)/1e4 || *d.Median < want || *d.Median > want+0.1 {
		t.Errorf("got a median of %v, want %g or a little more (%+v)", *d.Median, want, d.Succeeded)
	}
	if a := []int{r.Points[0].Accuracy.Count, r.Points[1].Accuracy.Count, r.Points[2].Accuracy.Count}; !slices.Equal(a, []int{11, 11, 0}) {
		t.Errorf("%v faces keep their label at distances 0, 0.001 and 100, want 11, 11, 0", a)
	}
}

// More faces than are attacked at once: each is attacked, and the same seed gives the same.
func TestGroups(t *testing.T) {
	net := newLinear()
	e := &suite.Evaluation{Method: method(t, "pgd"), Strengths: []float64{4, 64}, Faces: net.faces(t, 11), Seed: 5}
	m := net.model()
	r, err := e.Run(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if last := r.Points[2].Accuracy; last.Of != 33 || last.Count != 0 {
		t.Errorf("%d of %d faces keep their label, want 0 of 33", last.Count, last.Of)
	}
	if most := m.Classifier.(*classifier).most; most > 8 {
		t.Errorf("%d faces were classified at once, want 8 at most", most)
	}
	again, err := e.Run(t.Context(), net.model())
	if err != nil || !slices.EqualFunc(r.Points, again.Points, func(a, b suite.Point) bool { return a.Accuracy == b.Accuracy }) {
		t.Errorf("%v: the same seed gave %+v, then %+v", err, r.Points, again.Points)
	}
}

// The progress rises to the end of the work, and what an interruption leaves are the strengths that were done.
func TestProgressAndCancel(t *testing.T) {
	for _, name := range []string{"bim", "cw", "square"} {
		net := newLinear()
		ctx, cancel := context.WithCancel(t.Context())
		last := 0.0
		e := &suite.Evaluation{Method: method(t, name), Strengths: []float64{1, 2, 4}, Faces: net.faces(t, 10), Seed: 1}
		e.Progress = func(_ string, done float64) {
			if done < last || done > 1 {
				t.Errorf("%s: %g of the work is done after %g", name, done, last)
			}
			if last = done; done > 0.5 && name != "cw" {
				cancel()
			}
		}
		r, err := e.Run(ctx, net.model())
		cancel()
		if name == "cw" {
			if err != nil || last < 0.5 {
				t.Errorf("%v, %g of the work was reported", err, last)
			}
			continue
		}
		if !errors.Is(err, context.Canceled) || len(r.Points) != 2 || r.Points[1].Strength != 1 {
			t.Errorf("%s: %v, got %+v, want the strengths 0 and 1", name, err, r.Points)
		}
	}
}

// What is attacked now is named, and of the work the share is done that the asked images are of all.
func TestProgressNames(t *testing.T) {
	for _, c := range []struct {
		method suite.Method
		what   string
		first  float64 // 16 of 30 faces are asked about once, before the first of two strengths
	}{
		{method(t, "fgsm"), "FGSM of 4/255", 16. / 30 / 2},
		{method(t, "bim"), "BIM of 4/255", 1.6 / 30 / 2},
		{method(t, "pgd"), "PGD of 4/255", 16. / 21 / 30 / 2},
		{method(t, "square"), "Square of 4/255", 16. / 300 / 30 / 2},
		{method(t, "cw"), "Carlini & Wagner", 16. / 200 / 30},
		{suite.Universal(nil), "one patch of 4 % for all faces", 1. / 80 / 2},
		{method(t, "patch"), "a patch of 4 %", 16. / 144 / 30 / 2},
	} {
		net := newLinear()
		ctx, cancel := context.WithCancel(t.Context())
		e := &suite.Evaluation{Method: c.method, Strengths: []float64{4, 8}, Faces: net.faces(t, 10)}
		if c.method.Most < 4 {
			e.Strengths = []float64{0.04, 0.08}
		}
		e.Progress = func(what string, done float64) {
			if ctx.Err() == nil && (what != c.what || math.Abs(done-c.first) > 1e-9) {
				t.Errorf("%s: %q at %g, want %q at %g", c.method.Name, what, done, c.what, c.first)
			}
			cancel()
		}
		if _, err := e.Run(ctx, net.model()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", c.method.Name, err)
		}
		cancel()
	}
}

func TestClassesMissing(t *testing.T) {
	net := newLinear()
	m := net.model()
	m.Classes = []string{"none", "correct", "other"}
	e := &suite.Evaluation{Method: method(t, "fgsm"), Strengths: []float64{1}, Faces: net.faces(t, 1)}
	const want = `the model's classes are ["none" "correct" "other"], want one called incorrect`
	if _, err := e.Run(t.Context(), m); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
