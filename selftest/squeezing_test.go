package selftest_test

import (
	"testing"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

func TestSqueezing(t *testing.T) {
	e := shipped(t, pack.Float32)
	squeeze := func(edit func(*pack.Squeezing)) *selftest.Defense {
		return e.defense(t, func(c *defense.Checker) {
			s := *c.Manifest.Squeezing
			edit(&s)
			c.Manifest.Squeezing = &s
		})
	}
	off := e.defense(t, nil)
	off.Squeeze = false
	for _, c := range []struct {
		name    string
		defense *selftest.Defense
		result  string
		detail  string
	}{
		{"as shipped", e.defense(t, nil), selftest.Pass, "0 of 6 golden faces and "},
		{
			"fewer bits", squeeze(func(s *pack.Squeezing) { s.Bits = 4 }), selftest.Fail,
			"the classifier is not shown the picture with 5 bits a channel",
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
			"never suspected", bend(e.defense(t, nil), func(p *frame.Proof) { p.Suspicion = 0 }), selftest.Fail,
			" is flagged: false, but the pack's threshold is 0.0222",
		},
		{"off", off, selftest.Skipped, "defense.squeezing is off"},
		{"all off", &selftest.Defense{Pack: e.pack}, selftest.Skipped, "defense.certify is off"},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, run(t, selftest.Squeezing{Defense: c.defense}), c.result, c.detail) })
	}
}

// TestSqueezingThreshold shows thresholds that the pack itself sets wrongly.
func TestSqueezingThreshold(t *testing.T) {
	e := shipped(t, pack.Float32)
	settings := *e.pack.Manifest.Squeezing
	e.pack.Manifest.Squeezing = &settings
	settings.Threshold = 1e-6
	r := run(t, selftest.Squeezing{Defense: e.defense(t, nil)})
	expect(t, r, selftest.Fail, "6 of 6 golden faces and ")
	if r.Value != 1 || r.Limit < 0.31 || r.Limit > 0.32 { // 0.05 and three deviations of six faces
		t.Errorf("got %+v", r)
	}
	settings.Threshold = 1
	r = selftest.Squeezing{Defense: e.defense(t, nil)}.Run(t.Context())
	if r.Result != selftest.Warn || r.Hint == "" {
		t.Errorf("got %+v", r)
	}
	e.pack.Manifest.Squeezing = nil
	expect(t, selftest.Squeezing{Defense: e.defense(t, nil)}.Run(t.Context()), selftest.Skipped, "the pack has no threshold for feature squeezing")
}
