package selftest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// TestPatchLive takes mirrored golden faces for people, and sees that nothing is left of them.
func TestPatchLive(t *testing.T) {
	e := shipped(t, pack.Float32)
	var lent [][]byte
	lend := func(n int) func(context.Context) ([][]byte, error) {
		return func(context.Context) ([][]byte, error) {
			lent = nil
			for i := range n {
				pixels := make([]byte, e.pack.Manifest.Input.Size())
				e.pack.GoldenInput(4+i, pixels)
				lent = append(lent, pixels)
			}
			return lent, nil
		}
	}
	p := e.patches(1)
	r := run(t, selftest.PatchLive{Patches: p, Faces: lend(3)})
	expect(t, r, selftest.Pass, "24 of 24 patched faces of 3 that were seen keep their label, 0 bare ones pass for correct (seed 1)")
	if len(r.Pictures) != 0 {
		t.Errorf("%d pictures of people were kept", len(r.Pictures))
	}
	for _, pixels := range lent {
		for i, v := range pixels {
			if v != 0 {
				t.Fatalf("pixel %d of a face is still %d", i, v)
			}
		}
	}
	weak := e.patches(1)
	weak.Classifier = swapped{weak.Classifier, new(bool)}
	expect(t, run(t, selftest.PatchLive{Patches: weak, Faces: lend(3)}), selftest.Fail, "0 of 24 patched faces of 3 ")
	none := func(context.Context) ([][]byte, error) { return nil, nil }
	expect(t, selftest.PatchLive{Patches: e.patches(1), Faces: none}.Run(t.Context()), selftest.Skipped, "nobody whose face can be judged is before the cameras")
	amiss := func(context.Context) ([][]byte, error) { return nil, errors.New("no detector") }
	expect(t, run(t, selftest.PatchLive{Patches: e.patches(1), Faces: amiss}), selftest.Fail, "no detector")
	e.pack.Manifest.Patches = e.pack.Manifest.Patches[4:5] // from none, while those who are there wear their masks correctly
	expect(t, selftest.PatchLive{Patches: e.patches(1), Faces: lend(1)}.Run(t.Context()), selftest.Skipped, "no stored patch is made for the faces that are before the cameras")
	e.pack.Manifest.Patches = nil
	expect(t, selftest.PatchLive{Patches: e.patches(1), Faces: lend(1)}.Run(t.Context()), selftest.Skipped, "the pack holds no patches")
}

// swapped says another label of all faces but the one that comes alone.
type swapped struct {
	selftest.Classifier
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
