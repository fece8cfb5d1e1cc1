package defense_test

import (
	"testing"

	checker "github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/shippedtest"
)

func TestSqueezing(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	squeeze := func(edit func(*pack.Squeezing)) *defense.Defense {
		return shipped(t, u, func(c *checker.Checker) {
			s := *c.Manifest.Squeezing
			edit(&s)
			c.Manifest.Squeezing = &s
		})
	}
	for _, c := range []struct {
		name    string
		defense *defense.Defense
		result  string
		detail  string
	}{
		{"as shipped", shipped(t, u, nil), selftest.Pass, "0 of 6 golden faces and "},
		{
			"fewer bits", squeeze(func(s *pack.Squeezing) { s.Bits = 4 }), selftest.Fail,
			"the classifier is not given the picture with 5 bits a channel",
		},
		{
			"a wider median", squeeze(func(s *pack.Squeezing) { s.Window = 5 }), selftest.Fail,
			": the squeezed forms differ by ",
		},
		{
			"a higher threshold", squeeze(func(s *pack.Squeezing) { s.Threshold = 2 }), selftest.Fail,
			" is flagged: false, but the pack's threshold is 0.0222",
		},
		{
			"never suspected", bend(shipped(t, u, nil), func(p *frame.Proof) { p.Suspicion = 0 }), selftest.Fail,
			" is flagged: false, but the pack's threshold is 0.0222",
		},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, run(t, defense.Squeezing(c.defense)), c.result, c.detail) })
	}
	off := shipped(t, u, nil)
	off.Squeeze = false
	lacks(t, defense.Squeezing(off), "defense.squeezing is off")
	lacks(t, defense.Squeezing(patched(u)), "defense.certify is off")
}

// TestSqueezingThreshold shows thresholds that the pack itself sets wrongly.
func TestSqueezingThreshold(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	settings := *u.Pack.Manifest.Squeezing
	u.Pack.Manifest.Squeezing = &settings
	settings.Threshold = 1e-6
	r := run(t, defense.Squeezing(shipped(t, u, nil)))
	expect(t, r, selftest.Fail, "6 of 6 golden faces and ")
	if r.Value != 1 || r.Limit < 0.31 || r.Limit > 0.32 { // 0.05 and three deviations of six faces
		t.Errorf("got %+v", r)
	}
	settings.Threshold = 1
	r = run(t, defense.Squeezing(shipped(t, u, nil)))
	if r.Result != selftest.Warn || r.Hint == "" {
		t.Errorf("got %+v", r)
	}
	u.Pack.Manifest.Squeezing = nil
	lacks(t, defense.Squeezing(shipped(t, u, nil)), "the pack has no threshold for feature squeezing")
}
