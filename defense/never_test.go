package defense_test

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// fooled is a classifier that any patch of white turns to correct. Without one its answer is hashed: it depends on every pixel.
type fooled struct{ hashed }

func (n *fooled) of(pixels []byte) frame.Label {
	if slices.Contains(pixels, 255) {
		return frame.Correct
	}
	return n.answer(pixels)
}

func (n *fooled) Fill(i int, pixels []byte) error {
	err := n.hashed.Fill(i, pixels)
	n.labels[i] = n.of(pixels)
	return err
}

// TestNoPatchMakesTheAnswerCorrect puts patches at every place of small pictures that are certified never to be correct. What the camera
// then reports is the safer of the picture's answer and double masking's, where masks disagree. Wrong rules are caught by the same patches.
func TestNoPatchMakesTheAnswerCorrect(t *testing.T) {
	const side, patch = 12, 3
	m := &pack.Manifest{Input: pack.Input{Width: side, Height: side, Color: "rgb"}, Masking: pack.Masking{Fill: 128, MasksPerAxis: 3, Patch: patch}}
	masks, err := defense.Masks(side, side, m.Masking)
	if err != nil {
		t.Fatal(err)
	}
	for _, window := range []int{1, 3} {
		rng := rand.New(rand.NewPCG(7, uint64(window)))
		net := &fooled{hashed{shares: [2]uint32{1, 49}}}
		c := &defense.Checker{Classifier: net, Smoother: newSmoother(t, window), Manifest: m, Recovery: true}
		if err := c.Initialize(); err != nil {
			t.Fatal(err)
		}
		reported := func(pixels []byte) frame.Label {
			label, _ := decision.Settle(net.of(median(pixels, side, side, window)), check(t, c, newMat(t, side, side, pixels)))
			return label
		}
		// As PatchCleanser has it for three classes, and what a rule without the pairs would believe.
		threeOnly := func(pixels []byte) frame.Label {
			two := func(i, j int) frame.Label {
				return net.of(median(view(pixels, side, 128, masks[i], masks[j]), side, side, window))
			}
			one := make([]frame.Label, len(masks))
			for i := range one {
				one[i] = two(i, i)
			}
			answer := frame.Correct // of eight masks in nine that leave the patch to be seen
			if label := threeClasses(one, two, answer); label != frame.Unknown {
				return label
			}
			return answer
		}
		certified, held, broken, unproved, larger := 0, 0, 0, 0, 0
		for range 24 {
			pixels := make([]byte, 3*side*side)
			for i := range pixels {
				pixels[i] = byte(rng.IntN(255))
			}
			before := check(t, c, newMat(t, side, side, pixels))
			if before.NeverCorrect {
				certified++
			}
			for at := range (side - patch + 1) * (side - patch + 1) {
				row, col := at/(side-patch+1), at%(side-patch+1)
				attacked := whitened(pixels, side, image.Rect(col, row, col+patch, row+patch), rng)
				switch label := reported(attacked); {
				case before.NeverCorrect && label == frame.Correct:
					t.Fatalf("window %d: certified %+v, yet a patch at %d,%d makes it correct", window, before, row, col)
				case before.NeverCorrect:
					held++
				case label == frame.Correct:
					unproved++
				}
				if before.NeverCorrect && at%7 == 0 {
					if threeOnly(attacked) == frame.Correct {
						broken++
					}
					wide := image.Rect(col, row, col+patch+2, row+patch+2).Intersect(image.Rect(0, 0, side, side))
					if reported(whitened(pixels, side, wide, rng)) == frame.Correct {
						larger++
					}
				}
			}
		}
		if certified < 8 || certified == 24 || held < 800 || unproved == 0 {
			t.Errorf("window %d: %d of 24 pictures certified, %d patches held, %d turned others: want some of each", window, certified, held, unproved)
		}
		if broken == 0 || larger == 0 {
			t.Errorf("window %d: the rule for three classes fell to %d patches, the certificate to %d larger ones: wrong rules would not be seen", window, broken, larger)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// whitened is a picture with a patch that shows the classifier what it falls for: white, with some noise in its corners.
func whitened(pixels []byte, width int, at image.Rectangle, rng *rand.Rand) []byte {
	out := append([]byte(nil), pixels...)
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			for c := range 3 {
				out[3*(y*width+x)+c] = 255
			}
		}
	}
	out[3*(at.Min.Y*width+at.Min.X)] = byte(rng.IntN(256))
	return out
}

// TestAnUnsureViewProvesNothing: where the view that hides a patch is not sure, a picture that a patch has made correct is not contradicted.
func TestAnUnsureViewProvesNothing(t *testing.T) {
	const side, certainty = 24, 0.6
	m := &pack.Manifest{Input: pack.Input{Width: side, Height: side, Color: "rgb"}, Masking: pack.Masking{Fill: 128, MasksPerAxis: 3, Patch: 4}}
	for _, c := range []struct {
		name string
		last frame.Probabilities // of the nine views; the others are none or incorrect with 0.9
		want bool
	}{
		{"all are sure", sure(frame.Incorrect, 0.9), true},
		{"the last is not", sure(frame.None, certainty), false},
		{"the last is correct", sure(frame.Correct, 0.9), false},
	} {
		net := &scripted{}
		for i := range 9 {
			net.answers = append(net.answers, sure([]frame.Label{frame.None, frame.Incorrect}[i%2], 0.9))
		}
		net.answers = append(net.answers, c.last)
		checker := &defense.Checker{Classifier: net, Smoother: newSmoother(t, 1), Manifest: m, Certainty: certainty, Recovery: true}
		if err := checker.Initialize(); err != nil {
			t.Fatal(err)
		}
		if p := check(t, checker, newMat(t, side, side, make([]byte, 3*side*side))); p.NeverCorrect != c.want {
			t.Errorf("%s: got %+v, want never correct: %t", c.name, p, c.want)
		}
		if err := checker.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
