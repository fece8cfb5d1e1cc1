package selftest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

func TestPatchDetected(t *testing.T) {
	e := shipped(t, pack.Float32)
	check := selftest.PatchDetected{Defense: e.defense(t, nil)}
	r := run(t, check)
	expect(t, r, selftest.Pass, " of 24 patched faces are suspected or not certified, 0 pass with another label; the pack states no rate (seed 1)")
	if again := run(t, check); again.Detail != r.Detail {
		t.Errorf("the same seed asked something else: %q, %q", r.Detail, again.Detail)
	}
	marks := selftest.PatchDetected{Defense: bend(e.defense(t, nil), func(p *frame.Proof) { p.Suspicion |= frame.SqueezeDiffers })}
	if r = run(t, marks); r.Value != 1 {
		t.Errorf("got %+v", r)
	}
	// A check that certifies what it finds, and finds correct in every second picture, breaks its own certificates.
	n := 0
	lies := bend(e.defense(t, nil), func(p *frame.Proof) {
		n++
		p.Certified, p.Suspicion, p.Label = frame.Detection, 0, frame.Class(n%2)
	})
	expect(t, run(t, selftest.PatchDetected{Defense: lies}), selftest.Fail, ": another label is certified, though the bare face's certificate rules that out (seed 1)")
	e.pack.Manifest.Masking.Patch = 10 // no stored patch is that small: none is ruled out, yet more pass than the pack says
	expect(t, run(t, selftest.PatchDetected{Defense: lies}), selftest.Fail, " of 24 patched faces pass unmarked with another label, at most 0.1")
}

func TestPatchDetectedRefuses(t *testing.T) {
	e := shipped(t, pack.Float32)
	path := filepath.Join(e.pack.Dir, "patches/none-correct-2.png")
	if err := os.WriteFile(path, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := e.defense(t, nil)
	expect(t, run(t, selftest.PatchDetected{Defense: d}), selftest.Fail, path)
	e.pack.Manifest.Golden = e.pack.Manifest.Golden[:4]
	e.pack.Manifest.Patches = e.pack.Manifest.Patches[:1]
	expect(t, selftest.PatchDetected{Defense: d}.Run(t.Context()), selftest.Skipped, "the pack holds no golden face that a patch could be laid on")
	e.pack.Manifest.Patches = nil
	expect(t, selftest.PatchDetected{Defense: d}.Run(t.Context()), selftest.Skipped, "the pack holds no patches")
	expect(t, selftest.PatchDetected{Defense: &selftest.Defense{Pack: e.pack}}.Run(t.Context()), selftest.Skipped, "defense.certify is off")
}
