package defense_test

import (
	"errors"
	"slices"
	"testing"

	"gocv.io/x/gocv"

	checker "github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/shippedtest"
)

// shipped is the shipped certified check; edit changes the one that is tested.
func shipped(t *testing.T, u *shippedtest.Unit, edit func(*checker.Checker)) *defense.Defense {
	t.Helper()
	m := u.Pack.Manifest
	c := &checker.Checker{Classifier: u.Classifier, Smoother: u.Smoother, Manifest: &m, Squeeze: true}
	if edit != nil {
		edit(c)
	}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &defense.Defense{
		Model: u.Model, Network: u.Classifier, Certainty: c.Certainty, Squeeze: true, Faces: 2,
		Open: func(by defense.Network) (defense.Certifier, error) { return c.WithClassifier(by) },
	}
}

// bent finds something else than the check does.
type bent struct {
	defense.Certifier
	bend func(*frame.Proof)
}

func (b bent) Check(crop gocv.Mat, known *frame.Probabilities) (frame.Proof, error) {
	p, err := b.Certifier.Check(crop, known)
	b.bend(&p)
	return p, err
}

// bend changes what the check finds.
func bend(d *defense.Defense, by func(*frame.Proof)) *defense.Defense {
	open := d.Open
	d.Open = func(n defense.Network) (defense.Certifier, error) {
		w, err := open(n)
		return bent{w, by}, err
	}
	return d
}

func TestCertified(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	for _, c := range []struct {
		name    string
		defense *defense.Defense
		result  string
		detail  string
	}{
		{"as shipped", shipped(t, u, nil), selftest.Pass, "6 of 6 golden faces certified, 2 of "},
		{"recovery", shipped(t, u, func(c *checker.Checker) { c.Recovery = true }), selftest.Pass, "6 of 6 golden faces certified, 2 of "},
		{"certainty", shipped(t, u, func(c *checker.Checker) { c.Certainty = 0.7 }), selftest.Pass, " golden faces certified, "},
		{
			"other masks", shipped(t, u, func(c *checker.Checker) { c.Manifest.Masking.Patch = 12 }), selftest.Fail,
			"the classifier is not given the picture behind the mask at (0,0)-(41,41), smoothed after it",
		},
		{
			"another fill", shipped(t, u, func(c *checker.Checker) { c.Manifest.Masking.Fill = 0 }), selftest.Fail,
			"the classifier is not given the picture behind the mask at (0,0)-(41,41), smoothed after it",
		},
		{
			"no conflict", bend(shipped(t, u, nil), func(p *frame.Proof) { p.Conflict = 0 }), selftest.Fail,
			": masked views contradict by 0.0000, by the definition by 0.",
		},
		{
			"never suspected", bend(shipped(t, u, nil), func(p *frame.Proof) { p.Suspicion = 0 }), selftest.Fail,
			": masks disagree: false, by the definition true",
		},
		{
			"never certified", bend(shipped(t, u, nil), func(p *frame.Proof) { p.Certified = frame.Unproved }), selftest.Fail,
			": certified: false, by the definition true",
		},
		{
			"always certified", bend(shipped(t, u, nil), func(p *frame.Proof) { p.Certified = frame.Detection }), selftest.Fail,
			": certified: true, by the definition false",
		},
		{
			"never correct, whatever masks show", bend(shipped(t, u, nil), func(p *frame.Proof) { p.NeverCorrect = true }), selftest.Fail,
			": certified never to be correct, yet behind two masks it is",
		},
		{
			"always correct", bend(shipped(t, u, nil), func(p *frame.Proof) { p.Label = frame.Correct }), selftest.Fail,
			": the check says correct, by the definition it is ",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, defense.Certified(c.defense))
			expect(t, r, c.result, c.detail)
			if c.result == selftest.Pass && (r.Bound != selftest.AtMost || r.Limit != u.Pack.Manifest.Tolerance[u.Pack.Kind]) {
				t.Errorf("got %+v", r)
			}
		})
	}
	lacks(t, defense.Certified(patched(u)), "defense.certify is off")
}

// TestCertifiedNeedsContradictions warns where the golden faces are all of one label.
func TestCertifiedNeedsContradictions(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	u.Pack.Manifest.Golden = slices.DeleteFunc(u.Pack.Manifest.Golden, func(g pack.Golden) bool { return g.Label != "none" })
	r := run(t, defense.Certified(shipped(t, u, nil)))
	if r.Result != selftest.Warn || r.Detail != "2 of 2 golden faces certified, 0 of 0 blends suspected, as by the definition (seed 1)" || r.Hint == "" {
		t.Errorf("got %+v", r)
	}
}

func TestCertifiedCannotOpen(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	d := shipped(t, u, nil)
	d.Open = func(defense.Network) (defense.Certifier, error) { return nil, errors.New("no memory") }
	expect(t, run(t, defense.Certified(d)), selftest.Fail, "no memory")
	expect(t, run(t, defense.Squeezing(d)), selftest.Fail, "no memory")
}
