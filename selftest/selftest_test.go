package selftest_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
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

func open(t *testing.T) *pack.Pack {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../pack/testdata/tiny")); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPackHash(t *testing.T) {
	p := open(t)
	check := selftest.PackHash{Pack: p}
	expect(t, run(t, check), selftest.Pass, p.ID())
	p.Model[1000] ^= 0x80
	expect(t, run(t, check), selftest.Fail, "the model in memory has ")
	p.Model[1000] ^= 0x80
	if err := os.WriteFile(p.Dir+"/model.tflite", p.Model[1:], 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, run(t, check), selftest.Fail, "/model.tflite has ")
}

func TestModelAnswers(t *testing.T) {
	lib, err := tflite.Open("../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	p := open(t)
	c := &tflite.Classifier{Library: lib, Pack: p, Threads: 1, MaxBatch: 2}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	check := selftest.ModelAnswers{Classifier: c, Pack: p}
	if r := run(t, check); r.Result != selftest.Pass || r.Value <= 0 || r.Value > r.Limit {
		t.Errorf("got %+v", r)
	}
	p.Manifest.Golden[2].Logits[1] += 0.01
	r := run(t, check)
	expect(t, r, selftest.Fail, "golden[2]: logit of correct is ")
	if r.Value < 0.009 || r.Value > 0.011 {
		t.Errorf("the error is %v, want 0.01", r.Value)
	}
	p.Manifest.Golden[2].Logits[1] -= 0.01
	p.Manifest.Input.Width = 95
	expect(t, run(t, check), selftest.Fail, "tensors changed their sizes")
	c.Close()
	expect(t, run(t, check), selftest.Fail, "closed")
	if err := lib.Close(); err != nil {
		t.Error(err)
	}
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

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results := selftest.Run(ctx, []selftest.Check{selftest.PackHash{Pack: open(t)}})
	expect(t, results[0], selftest.Skipped, "context canceled")
	if selftest.Passed(results) {
		t.Error("a check that did not run counts as passed")
	}
}
