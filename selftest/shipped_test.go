package selftest_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/tflite"
)

// engine is the shipped model behind the shipped smoothing.
type engine struct {
	pack       *pack.Pack
	library    *tflite.Library
	classifier *tflite.Classifier
	smoother   *defense.Smoother
}

func shipped(t *testing.T, kind pack.Kind, delegates ...string) *engine {
	t.Helper()
	dir := packtest.Copy(t, "../models/robust")
	p, err := pack.Open(dir, kind, []string{config.ShippedKey})
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{pack: p}
	if e.library, err = tflite.Open("../share/maskwarden/libtensorflowlite.so"); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	e.classifier = &tflite.Classifier{Library: e.library, Pack: p, Threads: 1, Delegates: delegates, MaxBatch: 2}
	if err := e.classifier.Initialize(); err != nil {
		t.Fatal(err)
	}
	e.smoother = &defense.Smoother{Window: p.Manifest.Smoothing.Window}
	if err := e.smoother.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.classifier.Close()
		if err := e.library.Close(); err != nil {
			t.Error(err)
		}
		_ = e.smoother.Close()
	})
	return e
}

func (e *engine) patches(seed uint64) *selftest.Patches {
	return &selftest.Patches{Pack: e.pack, Classifier: e.classifier, Smoother: e.smoother, Seed: seed, Draws: 2, Pictures: true}
}

func (e *engine) reference() (selftest.Classifier, func(), error) {
	c := &tflite.Classifier{Library: e.library, Pack: e.pack, Threads: 1, Delegates: []string{"none"}, MaxBatch: 1}
	return c, c.Close, c.Initialize()
}

func TestPatches(t *testing.T) {
	e := shipped(t, pack.Float32)
	p := e.patches(1)
	results := selftest.Run(t.Context(), []selftest.Check{selftest.PatchAccuracy{Patches: p}, selftest.NoneCorrect{Patches: p}})
	for _, r := range results {
		if r.Result != selftest.Pass {
			t.Errorf("got %+v", r)
		}
	}
	if !strings.HasSuffix(results[0].Detail, " of 192 faces with 12 patches keep their label (seed 1)") {
		t.Errorf("got %q", results[0].Detail)
	}
	if !strings.HasSuffix(results[1].Detail, " of 32 bare faces with a patch are judged correct (seed 1)") {
		t.Errorf("got %q", results[1].Detail)
	}
	first := results[0].Pictures
	if len(first) != len(e.pack.Manifest.Patches) {
		t.Fatalf("%d pictures, want one of each patch", len(first))
	}
	img, err := png.Decode(bytes.NewReader(first[0].PNG))
	if err != nil || img.Bounds().Dx() != e.pack.Manifest.Input.Width || !strings.HasPrefix(first[0].Caption, "correct → incorrect, 2 %: seen as ") {
		t.Errorf("%v, %q", err, first[0].Caption)
	}
	same := func(seed uint64) bool {
		q := e.patches(seed)
		second := selftest.Run(t.Context(), []selftest.Check{selftest.PatchAccuracy{Patches: q}})[0].Pictures
		return slices.EqualFunc(first, second, func(a, b selftest.Picture) bool { return bytes.Equal(a.PNG, b.PNG) })
	}
	if !same(1) || same(2) {
		t.Error("want the same patched faces from the same seed only")
	}
}

func TestAlteredPatch(t *testing.T) {
	e := shipped(t, pack.Float32)
	path := filepath.Join(e.pack.Dir, "patches/none-correct-2.png")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-20] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	p := e.patches(1)
	expect(t, run(t, selftest.PatchAccuracy{Patches: p}), selftest.Fail, path+" has the sha256 ")
	expect(t, selftest.NoneCorrect{Patches: p}.Run(t.Context()), selftest.Fail, path+" has the sha256 ")
	signature := selftest.PackSignature{Pack: e.pack, Keys: []string{config.ShippedKey}}
	expect(t, run(t, signature), selftest.Fail, path+" has the sha256 ")
}

func TestNoPatches(t *testing.T) {
	e := shipped(t, pack.Float32)
	e.pack.Manifest.Patches = nil
	r := selftest.PatchAccuracy{Patches: e.patches(1)}.Run(t.Context())
	expect(t, r, selftest.Skipped, "the pack holds no patches")
}

func TestPackSignature(t *testing.T) {
	e := shipped(t, pack.Int8)
	check := selftest.PackSignature{Pack: e.pack, Keys: []string{config.ShippedKey}}
	expect(t, run(t, check), selftest.Pass, "signed by "+e.pack.Signer)
	public := packtest.Sign(t, e.pack.Dir)
	expect(t, run(t, check), selftest.Fail, "manifest.json.minisig")
	check.Keys = []string{public}
	expect(t, run(t, check), selftest.Pass, "signed by ")
}

// TestDelegate compares XNNPACK with the library's own kernels for each kind of model.
func TestDelegate(t *testing.T) {
	for _, kind := range pack.Kinds() {
		e := shipped(t, kind, "xnnpack")
		c := selftest.Delegate{InUse: e.classifier, Reference: e.reference, Pack: e.pack, Backend: e.classifier.Backend(), Seed: 5, Against: "the CPU"}
		r := run(t, c)
		expect(t, r, selftest.Pass, "agrees with the CPU on 32 pictures")
		if r.Limit != e.pack.Manifest.Tolerance[kind] {
			t.Errorf("%s: limit %v", kind, r.Limit)
		}
		t.Logf("%s: %v", kind, r.Value)
		c.Notes = []string{"no gpu: there is none"}
		r = c.Run(t.Context())
		if r.Result != selftest.Warn || r.Detail != "not in use: no gpu: there is none" || r.Hint == "" {
			t.Errorf("got %+v", r)
		}
		c.Alone = "nothing to compare"
		expect(t, c.Run(t.Context()), selftest.Skipped, "nothing to compare")
	}
}

func TestDetector(t *testing.T) {
	e := shipped(t, pack.Float32)
	d := &face.Detector{Model: "../share/maskwarden/centerface.onnx"}
	if err := d.Initialize(); err != nil {
		t.Fatal(err)
	}
	check := selftest.Detector{Finder: d, Pack: e.pack}
	expect(t, run(t, check), selftest.Pass, "24 of 24 known faces found, 0 where there is none")
	expect(t, run(t, selftest.Detector{Finder: everywhere{d}, Pack: e.pack}), selftest.Fail, "24 of 24 known faces found, 5 where there is none")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, run(t, check), selftest.Fail, "not initialized, or closed")
}

// everywhere sees one face too many.
type everywhere struct{ *face.Detector }

func (e everywhere) Detect(img gocv.Mat, dst []frame.Face) ([]frame.Face, error) {
	dst, err := e.Detector.Detect(img, dst)
	return append(dst, frame.Face{Box: frame.Box{X1: 9, Y1: 9}}), err
}
