package model_test

import (
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/selftest/shippedtest"
)

func TestSignature(t *testing.T) {
	u := shippedtest.Open(t, pack.Int8)
	check := model.Signature(u.Model)
	expect(t, run(t, check), selftest.Pass, "signed by "+u.Pack.Signer)
	public := packtest.Sign(t, u.Pack.Dir)
	expect(t, run(t, check), selftest.Fail, "manifest.json.minisig")
	u.Open = func(dir string) (*pack.Pack, error) { return pack.Open(dir, pack.Int8, []string{public}) }
	expect(t, run(t, check), selftest.Pass, "signed by ")
}

// notes are reasons why delegates are not in use.
type notes struct {
	model.Runtime
	notes []string
}

func (n notes) Notes() []string { return n.notes }

// crooked gives logits that are a little too large.
type crooked struct {
	model.Classifier
	by float32
}

func (c crooked) Logits(i int) [frame.NumClasses]float32 {
	logits := c.Classifier.Logits(i)
	logits[1] += c.by
	return logits
}

// TestDelegate compares XNNPACK with the library's own kernels for each kind of model.
func TestDelegate(t *testing.T) {
	for _, kind := range pack.Kinds() {
		u := shippedtest.Open(t, kind, "xnnpack")
		check := model.Delegate(u.Model)
		r := run(t, check)
		expect(t, r, selftest.Pass, "agrees with the CPU on 32 pictures")
		limit := u.Pack.Manifest.Tolerance[kind]
		if r.Limit != limit || r.Bound != selftest.AtMost {
			t.Errorf("%s: got %+v", kind, r)
		}
		t.Logf("%s: %s", kind, r.Measured())
		good := u.Model.Classifier
		u.Model.Classifier = crooked{good, float32(limit) / 4}
		expect(t, run(t, check), selftest.Pass, "")
		u.Model.Classifier = crooked{good, 3 * float32(limit)}
		u.Reference.Hint = "switch it off"
		expect(t, run(t, check), selftest.Fail, ", but the CPU gives [")
		u.Model.Classifier, u.Runtime = good, notes{u.Runtime, []string{"no gpu: there is none"}}
		expect(t, run(t, check), selftest.Warn, "not in use: no gpu: there is none")
		u.Reference.Missing = "nothing to compare"
		if r := run(t, check); r.Result != selftest.Skipped || !r.NotApplicable || r.Detail != "nothing to compare" {
			t.Errorf("got %+v", r)
		}
	}
}

func TestDetector(t *testing.T) {
	u := shippedtest.Open(t, pack.Float32)
	if r := run(t, model.Detector(u.Model)); r.Result != selftest.Skipped || !r.NotApplicable {
		t.Errorf("got %+v", r)
	}
	d := &face.Detector{Model: "../../share/maskwarden/centerface.onnx"}
	if err := d.Initialize(); err != nil {
		t.Fatal(err)
	}
	check := model.Detector(u.Model)
	for _, c := range []struct {
		finder model.Finder
		result string
		detail string
	}{
		{d, selftest.Pass, "24 of 24 known faces found, 0 where there is none"},
		{everywhere{d}, selftest.Fail, "24 of 24 known faces found, 5 where there is none"},
		{&forgetful{Finder: d, left: 1}, selftest.Pass, "23 of 24 known faces found, 0 where there is none"},
		{&forgetful{Finder: d, left: 2}, selftest.Fail, "22 of 24 known faces found, 0 where there is none"},
	} {
		u.Finder = c.finder
		r := run(t, check)
		expect(t, r, c.result, c.detail)
		if r.Limit != 0.92 || r.Bound != selftest.AtLeast {
			t.Errorf("got %+v", r)
		}
	}
	u.Finder = d
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, run(t, check), selftest.Fail, "not initialized, or closed")
}

// everywhere sees one face too many.
type everywhere struct{ model.Finder }

func (e everywhere) Detect(img gocv.Mat, dst []frame.Face) ([]frame.Face, error) {
	dst, err := e.Finder.Detect(img, dst)
	return append(dst, frame.Face{Box: frame.Box{X1: 9, Y1: 9}}), err
}

// forgetful misses the first faces that it finds.
type forgetful struct {
	model.Finder
	left int
}

func (f *forgetful) Detect(img gocv.Mat, dst []frame.Face) ([]frame.Face, error) {
	dst, err := f.Finder.Detect(img, dst)
	for f.left > 0 && len(dst) > 0 {
		f.left, dst = f.left-1, dst[1:]
	}
	return dst, err
}
