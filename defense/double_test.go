package defense_test

import (
	"bytes"
	"errors"
	"hash/fnv"
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// hashed is a classifier whose answer depends on every pixel: as many in a hundred as shares says are correct, incorrect,
// and the rest none.
type hashed struct {
	shares [2]uint32
	labels []frame.Label
	filled [][]byte // what was put before it, where keep is set
	keep   bool
}

func (h *hashed) answer(pixels []byte) frame.Label {
	sum := fnv.New32a()
	_, _ = sum.Write(pixels)
	switch v := sum.Sum32() / 16 % 100; {
	case v < h.shares[0]:
		return frame.Correct
	case v < h.shares[0]+h.shares[1]:
		return frame.Incorrect
	default:
		return frame.None
	}
}

func (h *hashed) Fill(i int, pixels []byte) error {
	h.labels = append(h.labels, make([]frame.Label, max(0, i+1-len(h.labels)))...)
	h.labels[i] = h.answer(pixels)
	if h.keep {
		h.filled = append(h.filled, bytes.Clone(pixels))
	}
	return nil
}

func (*hashed) FillLevels(int, []byte, int) error { return errors.New("no squeezers here") }
func (*hashed) Run(int) error                     { return nil }

func (h *hashed) Probabilities(i int) (p frame.Probabilities) {
	p[h.labels[i].Index()] = 1
	return p
}

// view is a picture with two masks on it.
func view(pixels []byte, width int, fill byte, a, b image.Rectangle) []byte {
	seen := bytes.Clone(pixels)
	for i := range seen {
		if at := image.Pt(i/3%width, i/3/width); at.In(a) || at.In(b) {
			seen[i] = fill
		}
	}
	return seen
}

// plain is training/defense/certify.py's infer, word for word, without its savings.
func plain(one []frame.Label, two func(i, j int) frame.Label) frame.Label {
	var votes [frame.NumClasses]int
	for _, l := range one {
		votes[l.Index()]++
	}
	most := slices.Max(votes[:])
	answer := frame.Class(2)
	for answer.Index() > 0 && votes[answer.Index()] != most {
		answer--
	}
	if label := threeClasses(one, two, answer); label != frame.Unknown {
		return label
	}
	if answer != frame.Correct {
		return answer
	}
	for d, label := range one {
		if label == answer {
			continue
		}
		wins := true
		for j := range one {
			wins = wins && two(d, j) != frame.Correct
		}
		if wins {
			return label
		}
	}
	return answer
}

// threeClasses is the label of the first mask in the minority behind which all others agree, Unknown where none is.
func threeClasses(one []frame.Label, two func(i, j int) frame.Label, answer frame.Label) frame.Label {
	for d, label := range one {
		if label == answer {
			continue
		}
		wins := true
		for j := range one {
			wins = wins && two(d, j) == label
		}
		if wins {
			return label
		}
	}
	return frame.Unknown
}

// TestDoubleMasking holds the checker against the definition, on classifiers that disagree with themselves now and then,
// often and always.
func TestDoubleMasking(t *testing.T) {
	const side = 24
	m := &pack.Manifest{Input: pack.Input{Width: side, Height: side, Color: "rgb"}, Masking: pack.Masking{Fill: 128, MasksPerAxis: 3, Patch: 4}}
	masks, err := defense.Masks(side, side, m.Masking)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	won, lost, only, most := 0, 0, 0, 0
	for _, shares := range [][2]uint32{{97, 2}, {90, 5}, {5, 90}, {1, 1}, {60, 30}, {33, 33}, {1, 2}, {0, 50}} {
		net := &hashed{shares: shares}
		c := &defense.Checker{Classifier: net, Smoother: newSmoother(t, 1), Manifest: m, Recovery: true}
		if err := c.Initialize(); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			pixels := make([]byte, 3*side*side)
			for i := range pixels {
				pixels[i] = byte(rng.Uint32())
			}
			two := func(i, j int) frame.Label { return net.answer(view(pixels, side, 128, masks[i], masks[j])) }
			one := make([]frame.Label, len(masks))
			all, never, clean := true, true, net.answer(pixels)
			for i := range one {
				one[i] = two(i, i)
				all = all && one[i] == clean
			}
			proved := all
			for i := range masks {
				for j := range i + 1 {
					proved = proved && two(i, j) == clean
					never = never && two(i, j) != frame.Correct
				}
			}
			want := frame.Proof{Label: plain(one, two), Certified: frame.Unproved, NeverCorrect: never}
			switch {
			case proved:
				want.Certified = frame.Recovery
			case all:
				want.Certified = frame.Detection
			default:
				want.Suspicion = frame.MasksDisagree
			}
			p := check(t, c, newMat(t, side, side, pixels))
			if p.Label != want.Label || p.Certified != want.Certified || p.Suspicion != want.Suspicion || p.NeverCorrect != never ||
				(p.Area > 0) != (p.Certified > 0 || never) {
				t.Fatalf("%v: one mask %v, clean %v: got %+v, want %+v", shares, one, clean, p, want)
			}
			most = max(most, p.Passes)
			if all {
				won++
			} else {
				lost++
			}
			if never && !proved {
				only++
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if c.WorstPairs() != 33 {
			t.Errorf("worst case of 9 masks: %d pairs, want 33", c.WorstPairs())
		}
	}
	if won < 10 || lost < 100 || only < 10 || most > 10+36 {
		t.Errorf("%d pictures agreed, %d did not, %d are only never correct, and one took %d passes: want some of each, and 46 at most", won, lost, only, most)
	}
}

// TestMasksComeBeforeSmoothing holds every view that the classifier gets against masks on the raw pixels and then a median
// by its definition, up to the edges, where masks touch.
func TestMasksComeBeforeSmoothing(t *testing.T) {
	const side = 24
	m := &pack.Manifest{Input: pack.Input{Width: side, Height: side, Color: "rgb"}, Masking: pack.Masking{Fill: 128, MasksPerAxis: 3, Patch: 4}}
	masks, err := defense.Masks(side, side, m.Masking)
	if err != nil {
		t.Fatal(err)
	}
	pixels := make([]byte, 3*side*side)
	pack.GoldenInput(9, pixels)
	for _, window := range []int{1, 3, 5, 7} {
		net := &hashed{shares: [2]uint32{100, 0}, keep: true} // always of one mind: all pairs are asked
		c := &defense.Checker{Classifier: net, Smoother: newSmoother(t, window), Manifest: m, Recovery: true}
		if err := c.Initialize(); err != nil {
			t.Fatal(err)
		}
		check(t, c, newMat(t, side, side, pixels))
		want := [][]byte{median(pixels, side, side, window)}
		for _, mask := range masks {
			want = append(want, median(view(pixels, side, 128, mask, mask), side, side, window))
		}
		for i := range masks {
			for j := i + 1; j < len(masks); j++ {
				want = append(want, median(view(pixels, side, 128, masks[i], masks[j]), side, side, window))
			}
		}
		if len(net.filled) != 46 || !slices.EqualFunc(net.filled, want, bytes.Equal) {
			t.Errorf("window %d: the classifier got %d views that are not the 46 of the definition", window, len(net.filled))
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
