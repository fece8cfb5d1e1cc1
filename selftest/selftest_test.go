package selftest_test

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
	results := selftest.Run(t.Context(), []selftest.Check{c})
	if len(results) != 1 || results[0].Name != c.Name() || results[0].Seconds <= 0 {
		t.Fatalf("got %+v", results)
	}
	if passed := results[0].Result == selftest.Pass; selftest.Passed(results) != passed {
		t.Errorf("%+v passed: %t", results[0], !passed)
	}
	return results[0]
}

func expect(t *testing.T, r selftest.Result, result, detail string) {
	t.Helper()
	if r.Result != result || !strings.Contains(r.Detail, detail) || result == selftest.Fail && r.Hint == "" {
		t.Errorf("got %+v, want %s: %s", r, result, detail)
	}
}

func open(t *testing.T, kind pack.Kind) *pack.Pack {
	t.Helper()
	return packtest.Open(t, "../pack/testdata/tiny", kind)
}

func TestPackHash(t *testing.T) {
	p := open(t, pack.Int8)
	check := selftest.PackHash{Pack: p}
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
	lib, err := tflite.Open("../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	for _, kind := range pack.Kinds() {
		p := open(t, kind)
		c := &tflite.Classifier{Library: lib, Pack: p, Threads: 1, MaxBatch: 2}
		if err := c.Initialize(); err != nil {
			t.Fatal(err)
		}
		check := selftest.ModelAnswers{Classifier: c, Pack: p}
		r := run(t, check)
		if r.Result != selftest.Pass || r.Value > r.Limit || r.Limit != p.Manifest.Tolerance[kind] {
			t.Errorf("%s: got %+v", kind, r)
		}
		spoilAnswers(t, check)
		c.Close()
		expect(t, run(t, check), selftest.Fail, "closed")
	}
	if err := lib.Close(); err != nil {
		t.Error(err)
	}
}

// spoilAnswers falsifies what the pack says in turn, and expects the check to see it.
func spoilAnswers(t *testing.T, check selftest.ModelAnswers) {
	t.Helper()
	m, kind := &check.Pack.Manifest, check.Pack.Kind
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
	expect(t, run(t, check), selftest.Fail, "golden[4]: golden/incorrect-1.png is judged incorrect, want none")
	picture.Label = "incorrect"
	expect(t, run(t, check), selftest.Pass, "5 known answers of the "+string(kind)+" model")
	m.Input.Width = 95
	expect(t, run(t, check), selftest.Fail, "tensors changed their sizes")
	m.Input.Width = 96
}

func TestSmoothing(t *testing.T) {
	for window := 1; window <= 15; window += 2 {
		s := &defense.Smoother{Window: window}
		if err := s.Initialize(); err != nil {
			t.Fatal(err)
		}
		expect(t, run(t, selftest.Smoothing{Smoother: s, Window: window}), selftest.Pass, "")
		if window > 3 { // up to 3 the two borders are the same
			expect(t, run(t, selftest.Smoothing{Smoother: borderless{window}, Window: window}), selftest.Fail, "has the hash")
		}
		if window > 1 {
			expect(t, run(t, selftest.Smoothing{Smoother: s, Window: window - 2}), selftest.Fail, "has the hash")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		expect(t, run(t, selftest.Smoothing{Smoother: s, Window: window}), selftest.Fail, "not initialized")
	}
	expect(t, run(t, selftest.Smoothing{Smoother: borderless{3}, Window: 17}), selftest.Fail, "no known answer")
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results := selftest.Run(ctx, []selftest.Check{selftest.PackHash{Pack: open(t, pack.Float32)}})
	expect(t, results[0], selftest.Skipped, "context canceled")
	if selftest.Passed(results) {
		t.Error("a check that did not run counts as passed")
	}
}
