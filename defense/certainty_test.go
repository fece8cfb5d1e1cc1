package defense_test

import (
	"errors"
	"math"
	"testing"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// scripted is a classifier that gives its first batch fixed answers: of the picture, then of its views behind each mask.
type scripted struct{ answers []frame.Probabilities }

func (*scripted) Fill(int, []byte) error                    { return nil }
func (*scripted) FillLevels(int, []byte, int) error         { return errors.New("no squeezers here") }
func (*scripted) Run(int) error                             { return nil }
func (s *scripted) Probabilities(i int) frame.Probabilities { return s.answers[i] }

// sure is an answer of a class with a probability; the rest is shared by the others.
func sure(l frame.Label, p float32) (q frame.Probabilities) {
	for i := range q {
		q[i] = (1 - p) / 2
	}
	q[l.Index()] = p
	return q
}

// TestUnsureViewsCertifyNothing: a masked view whose answer is not above the certainty proves nothing and contradicts nothing, whether it
// has the picture's label or another one.
func TestUnsureViewsCertifyNothing(t *testing.T) {
	const side, certainty = 24, 0.6
	m := &pack.Manifest{Input: pack.Input{Width: side, Height: side, Color: "rgb"}, Masking: pack.Masking{Fill: 128, MasksPerAxis: 3, Patch: 4}}
	above := math.Nextafter32(certainty, 1)
	for _, c := range []struct {
		name      string
		views     map[int]frame.Probabilities // of the nine views those that are not correct with 0.9
		certified frame.Guarantee
		suspected bool
		conflict  float32
	}{
		{"all agree", nil, frame.Detection, false, 0},
		{"one agrees, just sure enough", map[int]frame.Probabilities{0: sure(frame.Correct, above)}, frame.Detection, false, 0},
		{"the first agrees, unsure", map[int]frame.Probabilities{0: sure(frame.Correct, certainty)}, frame.Unproved, false, 0},
		{"the last agrees, unsure", map[int]frame.Probabilities{8: sure(frame.Correct, certainty)}, frame.Unproved, false, 0},
		{"one disagrees, unsure", map[int]frame.Probabilities{4: sure(frame.None, 0.5)}, frame.Unproved, false, 0},
		{"one disagrees, at the certainty", map[int]frame.Probabilities{4: sure(frame.None, certainty)}, frame.Unproved, false, 0},
		{"the last disagrees, unsure", map[int]frame.Probabilities{8: sure(frame.None, 0.5)}, frame.Unproved, false, 0},
		{"one disagrees, just sure enough", map[int]frame.Probabilities{4: sure(frame.None, above)}, frame.Unproved, true, above},
		{"the surest of those that disagree counts", map[int]frame.Probabilities{2: sure(frame.None, 0.7), 5: sure(frame.None, 0.8), 6: sure(frame.None, 0.65)}, frame.Unproved, true, 0.8},
		{"no more than the picture is sure itself", map[int]frame.Probabilities{2: sure(frame.None, 0.99)}, frame.Unproved, true, 0.9},
		{"one disagrees and one is unsure", map[int]frame.Probabilities{2: sure(frame.None, 0.5), 3: sure(frame.None, 0.7)}, frame.Unproved, true, 0.7},
	} {
		net := &scripted{}
		for i := range 10 {
			p, ok := c.views[i-1]
			if !ok {
				p = sure(frame.Correct, 0.9)
			}
			net.answers = append(net.answers, p)
		}
		checker := &defense.Checker{Classifier: net, Smoother: newSmoother(t, 1), Manifest: m, Certainty: certainty}
		if err := checker.Initialize(); err != nil {
			t.Fatal(err)
		}
		p := check(t, checker, newMat(t, side, side, make([]byte, 3*side*side)))
		if p.Certified != c.certified || (p.Suspicion&frame.MasksDisagree != 0) != c.suspected || p.Conflict != c.conflict {
			t.Errorf("%s: got %+v, want certified %q, suspected %t, conflict %v", c.name, p, c.certified, c.suspected, c.conflict)
		}
		if (p.Area > 0) != (c.certified > 0) {
			t.Errorf("%s: the guarantee %q holds for an area of %v", c.name, p.Certified, p.Area)
		}
		if !c.suspected && p.Label != frame.Correct {
			t.Errorf("%s: label %v, want the picture's", c.name, p.Label)
		}
		if err := checker.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
