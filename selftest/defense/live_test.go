package defense_test

import (
	"context"
	"errors"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/selftest/shippedtest"
)

// TestPatchLive takes golden faces for people, and sees that nothing is left of them.
func TestPatchLive(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	var given [][]byte
	give := func(n int) *defense.Defense {
		d := patched(u)
		d.People = func(context.Context) ([][]byte, error) {
			given = nil
			for i := range n {
				pixels := make([]byte, u.Pack.Manifest.Input.Size())
				u.Pack.GoldenInput(4+i, pixels)
				given = append(given, pixels)
			}
			return given, nil
		}
		return d
	}
	r := run(t, defense.PatchLive(give(3)))
	expect(t, r, selftest.Pass, "24 of 24 patched faces of 3 in view keep their label, 0 unmasked ones are taken for correct (seed 1)")
	if len(r.Pictures) != 0 {
		t.Errorf("%d pictures of people were kept", len(r.Pictures))
	}
	for _, pixels := range given {
		for i, v := range pixels {
			if v != 0 {
				t.Fatalf("pixel %d of a face is still %d", i, v)
			}
		}
	}
	good := u.Model.Classifier
	u.Model.Classifier = swapped{good, new(bool)}
	expect(t, run(t, defense.PatchLive(give(3))), selftest.Fail, "0 of 24 patched faces of 3 ")
	u.Model.Classifier = good
	expect(t, run(t, defense.PatchLive(give(0))), selftest.Skipped, "nobody whose face can be classified is in view")
	broken := patched(u)
	broken.People = func(context.Context) ([][]byte, error) { return nil, errors.New("no detector") }
	expect(t, run(t, defense.PatchLive(broken)), selftest.Fail, "no detector")
	u.Pack.Manifest.Patches = u.Pack.Manifest.Patches[4:5] // from none, while those who are in view wear their masks correctly
	expect(t, run(t, defense.PatchLive(give(1))), selftest.Skipped, "no stored patch is made for the faces that are in view")
	u.Pack.Manifest.Patches = nil
	lacks(t, defense.PatchLive(give(1)), "the pack holds no patches")
}

// swapped says another label of all faces but the one that comes alone.
type swapped struct {
	model.Classifier
	alone *bool
}

func (s swapped) Run(n int) error {
	*s.alone = n == 1
	return s.Classifier.Run(n)
}

func (s swapped) Logits(i int) [frame.NumClasses]float32 {
	l := s.Classifier.Logits(i)
	if *s.alone {
		return l
	}
	return [frame.NumClasses]float32{-l[0], -l[1], -l[2]}
}
