package model_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/tflite"
)

// borderless is a median that continues the border as OpenCV does, not as the model was trained behind.
type borderless struct{ window int }

func (s borderless) Apply(src gocv.Mat, dst *gocv.Mat) error {
	gocv.MedianBlur(src, dst, s.window)
	return nil
}

func run(t *testing.T, c selftest.Check) selftest.Result {
	t.Helper()
	r := selftest.Run(t.Context(), 1, []selftest.Check{c})[0]
	if r.Name != c.Name || r.Severity != c.Severity || r.Result != selftest.Skipped && r.Seconds <= 0 {
		t.Fatalf("got %+v", r)
	}
	return r
}

func expect(t *testing.T, r selftest.Result, result, detail string) {
	t.Helper()
	if r.Result != result || !strings.Contains(r.Detail, detail) || result == selftest.Fail && r.Hint == "" {
		t.Errorf("got %+v, want %s: %s", r, result, detail)
	}
}

func open(t *testing.T, kind pack.Kind) *pack.Pack {
	t.Helper()
	return packtest.Open(t, "../../pack/testdata/tiny", kind)
}

func TestPackHash(t *testing.T) {
	p := open(t, pack.Int8)
	check := model.Hash(&model.Model{Pack: p})
	expect(t, run(t, check), selftest.Pass, p.ID())
	p.Model[1000] ^= 0x80
	expect(t, run(t, check), selftest.Fail, "the model in memory has ")
	p.Model[1000] ^= 0x80
	if err := os.WriteFile(p.Dir+"/model-int8.tflite", p.Model[1:], 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, run(t, check), selftest.Fail, "/model-int8.tflite has ")
}

func TestModelAnswers(t *testing.T) {
	lib, err := tflite.Open("../../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	for _, kind := range pack.Kinds() {
		p := open(t, kind)
		c := &tflite.Classifier{Library: lib, Pack: p, Threads: 1, MaxBatch: 2}
		if err := c.Initialize(); err != nil {
			t.Fatal(err)
		}
		m := &model.Model{Classifier: c, Pack: p}
		check := model.Answers(m)
		r := run(t, check)
		if r.Result != selftest.Pass || r.Value > r.Limit || r.Limit != p.Manifest.Tolerance[kind] {
			t.Errorf("%s: got %+v", kind, r)
		}
		spoilAnswers(t, m)
		c.Close()
		expect(t, run(t, check), selftest.Fail, "closed")
	}
	if err := lib.Close(); err != nil {
		t.Error(err)
	}
}

// spoilAnswers falsifies what the pack says in turn, and expects the check to see it.
func spoilAnswers(t *testing.T, asked *model.Model) {
	t.Helper()
	m, kind, check := &asked.Pack.Manifest, asked.Pack.Kind, model.Answers(asked)
	by := 3 * m.Tolerance[kind]
	m.Golden[2].Logits[kind][1] += by
	r := run(t, check)
	expect(t, r, selftest.Fail, "golden[2]: logit of correct is ")
	if r.Value < by*2/3 || r.Value > by*4/3 {
		t.Errorf("the error is %v, want %v", r.Value, by)
	}
	m.Golden[2].Logits[kind][1] -= by
	picture := &m.Golden[len(m.Golden)-1]
	picture.Label = "none"
	expect(t, run(t, check), selftest.Fail, "golden[4]: golden/incorrect-1.png is classified as incorrect, want none")
	picture.Label = "incorrect"
	expect(t, run(t, check), selftest.Pass, "5 known answers of the "+string(kind)+" model")
	m.Input.Width = 95
	expect(t, run(t, check), selftest.Fail, "tensors changed their sizes")
	m.Input.Width = 96
}

// smoothing runs the check for a pack with a window.
func smoothing(t *testing.T, s model.Smoother, window int) selftest.Result {
	t.Helper()
	p := &pack.Pack{}
	p.Manifest.Smoothing.Window = window
	return run(t, model.Smoothing(&model.Model{Pack: p, Smoother: s}))
}

func TestSmoothing(t *testing.T) {
	for window := 1; window <= 15; window += 2 {
		s := &defense.Smoother{Window: window}
		if err := s.Initialize(); err != nil {
			t.Fatal(err)
		}
		expect(t, smoothing(t, s, window), selftest.Pass, "")
		if window > 3 { // up to 3 the two borders are the same
			expect(t, smoothing(t, borderless{window}, window), selftest.Fail, "has the hash")
		}
		if window > 1 {
			expect(t, smoothing(t, s, window-2), selftest.Fail, "has the hash")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		expect(t, smoothing(t, s, window), selftest.Fail, "not initialized")
	}
	expect(t, smoothing(t, borderless{3}, 17), selftest.Fail, "no known answer")
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results := selftest.Run(ctx, 1, []selftest.Check{model.Hash(&model.Model{Pack: open(t, pack.Float32)})})
	expect(t, results[0], selftest.Skipped, "context canceled")
	if got := selftest.Summarize(results).Result; got != selftest.Fail {
		t.Errorf("a vital check that did not run sums up to %s, want fail", got)
	}
}
