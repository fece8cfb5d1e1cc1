package defense_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/selftest/shippedtest"
)

// run runs a check under the seed 1.
func run(t *testing.T, c selftest.Check) selftest.Result {
	t.Helper()
	return shippedtest.Run(t, c, 1)
}

func expect(t *testing.T, r selftest.Result, result, detail string) {
	t.Helper()
	if r.Result != result || !strings.Contains(r.Detail, detail) {
		t.Errorf("got %+v, want %s: %s", r, result, detail)
	}
}

// lacks expects that a check does not apply, and why.
func lacks(t *testing.T, c selftest.Check, why string) {
	t.Helper()
	if r := run(t, c); r.Result != selftest.Skipped || !r.NotApplicable || r.Detail != why {
		t.Errorf("got %+v, want it not to apply: %s", r, why)
	}
}

// patched is the shipped defense with two draws of each patch.
func patched(u *shippedtest.Unit) *defense.Defense {
	return &defense.Defense{Model: u.Model, Network: u.Classifier, Draws: 2, Pictures: true}
}

func TestPatches(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	d := patched(u)
	accuracy, none := run(t, defense.PatchAccuracy(d)), run(t, defense.NoneCorrect(d))
	expect(t, run(t, defense.PatchKind(d)), selftest.Pass, " of 32 faces keep their label under the patches from ")
	expect(t, accuracy, selftest.Pass, " of 192 faces with 12 patches keep their label (seed 1)")
	expect(t, none, selftest.Pass, " of 32 unmasked faces with a patch toward correct are classified as correct (seed 1)")
	first := accuracy.Pictures
	if len(first) != len(u.Pack.Manifest.Patches) {
		t.Fatalf("%d pictures, want one of each patch", len(first))
	}
	img, err := png.Decode(bytes.NewReader(first[0].PNG))
	if err != nil || img.Bounds().Dx() != u.Pack.Manifest.Input.Width || !strings.HasPrefix(first[0].Caption, "correct → incorrect, 2 %: classified as ") {
		t.Errorf("%v, %q", err, first[0].Caption)
	}
	same := func(seed uint64) bool {
		second := shippedtest.Run(t, defense.PatchAccuracy(patched(u)), seed).Pictures
		return slices.EqualFunc(first, second, func(a, b selftest.Picture) bool { return bytes.Equal(a.PNG, b.PNG) })
	}
	if !same(1) || same(2) {
		t.Error("want the same patched faces from the same seed only")
	}
}

// counted counts the batches that a classifier runs.
type counted struct {
	model.Classifier
	runs *int
}

func (c counted) Run(n int) error {
	*c.runs++
	return c.Classifier.Run(n)
}

// TestPatchesOnce classifies patched faces once for both checks of a self-test, and again under another seed.
func TestPatchesOnce(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	runs := 0
	u.Model.Classifier = counted{u.Model.Classifier, &runs}
	d := patched(u)
	for _, c := range []struct {
		check selftest.Check
		seed  uint64
		runs  int
	}{
		{defense.NoneCorrect(d), 1, 4}, {defense.PatchAccuracy(d), 1, 12}, {defense.PatchKind(d), 1, 12}, {defense.NoneCorrect(d), 2, 16},
	} {
		if shippedtest.Run(t, c.check, c.seed); runs != c.runs {
			t.Errorf("%s, seed %d: %d patches were tried, want %d", c.check.Name, c.seed, runs, c.runs)
		}
	}
}

func TestAlteredPatch(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	path := filepath.Join(u.Pack.Dir, "patches/none-correct-2.png")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-20] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []selftest.Check{defense.PatchAccuracy(patched(u)), defense.PatchKind(patched(u)), defense.NoneCorrect(patched(u)), model.Signature(u.Model)} {
		expect(t, run(t, c), selftest.Fail, path+" has the sha256 ")
	}
}

func TestNoPatches(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	u.Pack.Manifest.Patches = slices.DeleteFunc(slices.Clone(u.Pack.Manifest.Patches), func(p pack.Patch) bool { return p.From == "none" })
	lacks(t, defense.NoneCorrect(patched(u)), "the pack holds no patch from none to correct")
	expect(t, run(t, defense.PatchAccuracy(patched(u))), selftest.Warn, "the pack holds no patch from none to correct")
	expect(t, run(t, defense.PatchKind(patched(u))), selftest.Warn, "the pack holds no golden face and patch from none to incorrect")
	u.Pack.Manifest.Patches = nil
	lacks(t, defense.NoneCorrect(patched(u)), "the pack holds no patches")
	lacks(t, defense.PatchKind(patched(u)), "the pack holds no patches")
	expect(t, run(t, defense.PatchAccuracy(patched(u))), selftest.Warn, "the pack holds no patches")
}

// TestLaxLimits: a pack for cameras that declares that every patch succeeds is held to the floor.
func TestLaxLimits(t *testing.T) {
	limit := func(role pack.Role) float64 {
		u := shippedtest.Open(t, pack.Float32)
		u.Pack.Role = role
		for i := range u.Pack.Manifest.Patches {
			u.Pack.Manifest.Patches[i].Success = 1
		}
		return run(t, defense.PatchAccuracy(patched(u))).Limit
	}
	if camera, baseline := limit(pack.ForCamera), limit(pack.Baseline); camera < 0.6 || baseline > 0 {
		t.Errorf("of the faces %v must keep their label, want 0.6 or more; for a baseline %v, want 0", camera, baseline)
	}
}
