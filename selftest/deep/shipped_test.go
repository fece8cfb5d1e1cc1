//go:build tensorflow

package deep_test

import (
	"testing"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/deep"
	"github.com/maskwarden/maskwarden/tflite"
)

// few golden faces of each label, since attacks on all take a minute.
const few = 4

// shipped is a suite with a shipped pack's network, classifier and smoothing.
func shipped(t *testing.T, dir string, kind pack.Kind) *deep.Suite {
	t.Helper()
	p := packtest.Open(t, dir, kind)
	library, err := tflite.Open("../../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	c := &tflite.Classifier{Library: library, Pack: p, Threads: 1, MaxBatch: 2}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	s := &defense.Smoother{Window: p.Manifest.Smoothing.Window}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	n, err := savedmodel.Open(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if err := library.Close(); err != nil {
			t.Error(err)
		}
		_ = s.Close()
	})
	return &deep.Suite{Pack: p, Network: n, Classifier: c, Smoother: s}
}

// TestRobust attacks the shipped model, which must withstand as it did when it was made.
func TestRobust(t *testing.T) {
	suite := shipped(t, "../../models/robust", pack.Float32)
	suite.Each = few
	suite.Pictures = true
	for _, r := range selftest.Run(t.Context(), 1, all(suite)) {
		if r.Result != selftest.Pass {
			t.Errorf("%s: %+v", r.Name, r)
		}
		t.Logf("%s: %s, %s, %.1f s: %s", r.Name, r.Result, r.Measured(), r.Seconds, r.Detail)
		for _, c := range r.Curves {
			t.Logf("%+v", c)
		}
	}
}

// TestWeak attacks a network that was never trained against attacks in the place of the robust one.
func TestWeak(t *testing.T) {
	suite, weak := shipped(t, "../../models/robust", pack.Float32), shipped(t, "../../models/base", pack.Float32)
	suite.Each = few
	suite.Network, suite.Classifier = weak.Network, weak.Classifier
	for _, r := range selftest.Run(t.Context(), 1, all(suite)) {
		if r.Result != selftest.Fail {
			t.Errorf("%s: %+v", r.Name, r)
		}
		t.Logf("%s: %s, %s, %.1f s: %s", r.Name, r.Result, r.Measured(), r.Seconds, r.Detail)
	}
}
