package selftest_test

import (
	"errors"
	"slices"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// defense is the shipped certified check; edit changes the one that is looked at.
func (e *engine) defense(t *testing.T, edit func(*defense.Checker)) *selftest.Defense {
	t.Helper()
	m := e.pack.Manifest
	c := &defense.Checker{Classifier: e.classifier, Smoother: e.smoother, Manifest: &m, Squeeze: true}
	if edit != nil {
		edit(c)
	}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &selftest.Defense{
		Pack: e.pack, Network: e.classifier, Smoother: e.smoother, Certainty: c.Certainty, Squeeze: true, Seed: 1, Faces: 2,
		Open: func(by selftest.Network) (selftest.Witness, error) { return c.WithClassifier(by) },
	}
}

// bent finds something else than the check does.
type bent struct {
	selftest.Witness
	bend func(*frame.Proof)
}

func (b bent) Check(crop gocv.Mat, known *frame.Probabilities) (frame.Proof, error) {
	p, err := b.Witness.Check(crop, known)
	b.bend(&p)
	return p, err
}

// bend changes what the check finds.
func bend(d *selftest.Defense, by func(*frame.Proof)) *selftest.Defense {
	open := d.Open
	d.Open = func(n selftest.Network) (selftest.Witness, error) {
		w, err := open(n)
		return bent{w, by}, err
	}
	return d
}

func TestCertified(t *testing.T) {
	e := shipped(t, pack.Float32)
	for _, c := range []struct {
		name    string
		defense *selftest.Defense
		result  string
		detail  string
	}{
		{"as shipped", e.defense(t, nil), selftest.Pass, "6 of 6 golden faces certified, 2 of "},
		{"recovery", e.defense(t, func(c *defense.Checker) { c.Recovery = true }), selftest.Pass, "6 of 6 golden faces certified, 2 of "},
		{"certainty", e.defense(t, func(c *defense.Checker) { c.Certainty = 0.7 }), selftest.Pass, " golden faces certified, "},
		{
			"other masks", e.defense(t, func(c *defense.Checker) { c.Manifest.Masking.Patch = 12 }), selftest.Fail,
			"the classifier is not shown the picture behind the mask at (0,0)-(41,41), smoothed after it",
		},
		{
			"another fill", e.defense(t, func(c *defense.Checker) { c.Manifest.Masking.Fill = 0 }), selftest.Fail,
			"the classifier is not shown the picture behind the mask at (0,0)-(41,41), smoothed after it",
		},
		{
			"no conflict", bend(e.defense(t, nil), func(p *frame.Proof) { p.Conflict = 0 }), selftest.Fail,
			": masked views contradict by 0.0000, by the definition by 0.",
		},
		{
			"never suspected", bend(e.defense(t, nil), func(p *frame.Proof) { p.Suspicion = 0 }), selftest.Fail,
			": masks disagree: false, by the definition true",
		},
		{
			"never certified", bend(e.defense(t, nil), func(p *frame.Proof) { p.Certified = frame.Unproved }), selftest.Fail,
			": certified: false, by the definition true",
		},
		{
			"always certified", bend(e.defense(t, nil), func(p *frame.Proof) { p.Certified = frame.Detection }), selftest.Fail,
			": certified: true, by the definition false",
		},
		{
			"always correct", bend(e.defense(t, nil), func(p *frame.Proof) { p.Label = frame.Correct }), selftest.Fail,
			": the check says correct, by the definition it is ",
		},
		{"off", &selftest.Defense{Pack: e.pack}, selftest.Skipped, "defense.certify is off"},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, run(t, selftest.Certified{Defense: c.defense}), c.result, c.detail) })
	}
}

// TestCertifiedNeedsContradictions warns where the golden faces are all of one label.
func TestCertifiedNeedsContradictions(t *testing.T) {
	e := shipped(t, pack.Float32)
	e.pack.Manifest.Golden = slices.DeleteFunc(e.pack.Manifest.Golden, func(g pack.Golden) bool { return g.Label != "none" })
	r := selftest.Certified{Defense: e.defense(t, nil)}.Run(t.Context())
	if r.Result != selftest.Warn || r.Detail != "2 of 2 golden faces certified, 0 of 0 blends suspected, as by the definition (seed 1)" || r.Hint == "" {
		t.Errorf("got %+v", r)
	}
}

func TestCertifiedCannotOpen(t *testing.T) {
	e := shipped(t, pack.Float32)
	d := e.defense(t, nil)
	d.Open = func(selftest.Network) (selftest.Witness, error) { return nil, errors.New("no memory") }
	expect(t, run(t, selftest.Certified{Defense: d}), selftest.Fail, "no memory")
	expect(t, run(t, selftest.Squeezing{Defense: d}), selftest.Fail, "no memory")
}
