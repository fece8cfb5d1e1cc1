package defense_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/shippedtest"
)

func TestPatchDetected(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	check := defense.PatchDetected(shipped(t, u, nil))
	r := run(t, check)
	expect(t, r, selftest.Pass, " of 24 patched faces are suspected or not certified, 0 pass with another label (seed 1)")
	if again := run(t, check); again.Detail != r.Detail {
		t.Errorf("the same seed asked something else: %q, %q", r.Detail, again.Detail)
	}
	marks := defense.PatchDetected(bend(shipped(t, u, nil), func(p *frame.Proof) { p.Suspicion |= frame.SqueezeDiffers }))
	expect(t, run(t, marks), selftest.Pass, "24 of 24 patched faces are suspected or not certified, 0 pass")
	// A check that certifies what it finds, and finds correct in every second picture, breaks its own certificates.
	n := 0
	lies := bend(shipped(t, u, nil), func(p *frame.Proof) {
		n++
		p.Certified, p.Suspicion, p.Label = frame.Detection, 0, frame.Class(n%2)
	})
	expect(t, run(t, defense.PatchDetected(lies)), selftest.Fail, ": another label is certified, though the plain face's certificate rules that out (seed 1)")
	turned := bend(shipped(t, u, nil), func(p *frame.Proof) { p.Certified, p.NeverCorrect, p.Label = frame.Unproved, true, frame.Correct })
	expect(t, run(t, defense.PatchDetected(turned)), selftest.Fail, ": it is correct, though the plain face's certificate rules that out (seed 1)")
	u.Pack.Manifest.Masking.Patch = 10 // no stored patch is that small: none is ruled out, yet more pass than the pack says
	if r := run(t, defense.PatchDetected(lies)); r.Result != selftest.Fail || !strings.HasPrefix(r.Finding(), "passed unmarked 0.") {
		t.Errorf("got %+v", r)
	}
}

func TestPatchDetectedRefuses(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	path := filepath.Join(u.Pack.Dir, "patches/none-correct-2.png")
	if err := os.WriteFile(path, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := shipped(t, u, nil)
	expect(t, run(t, defense.PatchDetected(d)), selftest.Fail, path)
	u.Pack.Manifest.Golden = u.Pack.Manifest.Golden[:4]
	u.Pack.Manifest.Patches = u.Pack.Manifest.Patches[:1]
	lacks(t, defense.PatchDetected(d), "the pack holds no golden face that a patch could be applied to")
	u.Pack.Manifest.Patches = nil
	lacks(t, defense.PatchDetected(d), "the pack holds no patches")
	lacks(t, defense.PatchDetected(patched(u)), "defense.certify is off")
}
