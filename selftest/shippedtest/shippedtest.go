// Package shippedtest opens the shipped model for tests of the self-test's checks.
package shippedtest

import (
	"testing"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/tflite"
)

// Unit is the shipped model behind the shipped smoothing, from a copy of its pack.
type Unit struct {
	*model.Model
	Classifier *tflite.Classifier
	Smoother   *defense.Smoother
}

// Open opens it until the test ends. The test's folder is two below the repository.
func Open(t *testing.T, kind pack.Kind, delegates ...string) *Unit {
	t.Helper()
	shipped := config.Default().Classifier
	shipped.Model = config.Model(kind)
	p, err := shipped.OpenPack(packtest.Copy(t, "../../models/robust"))
	if err != nil {
		t.Fatal(err)
	}
	library, err := tflite.Open("../../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	c := &tflite.Classifier{Library: library, Pack: p, Threads: 1, Delegates: delegates, MaxBatch: 2}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	s := &defense.Smoother{Window: p.Manifest.Smoothing.Window}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := library.Close(); err != nil {
			t.Error(err)
		}
		_ = s.Close()
	})
	open := func() (model.Classifier, func(), error) {
		c := &tflite.Classifier{Library: library, Pack: p, Threads: 1, Delegates: []string{"none"}, MaxBatch: 1}
		return c, c.Close, c.Initialize()
	}
	m := &model.Model{
		Pack: p, Open: shipped.OpenPack, Classifier: c, Smoother: s, Runtime: c, Reference: model.Reference{Open: open, Name: "the CPU"},
	}
	return &Unit{m, c, s}
}

// LearnDim records what the classifier says in dim light, as if the pack had been signed with it. A pack that holds such answers loses them.
func (u *Unit) LearnDim(t *testing.T) {
	t.Helper()
	golden := u.Pack.Manifest.Golden
	for i := range golden {
		golden[i].Dim = make([]map[pack.Kind][]float64, len(pack.DimLights()))
	}
	known := u.Pack.Known()[len(golden):]
	if err := model.AnswerKnown(u.Model.Classifier, u.Pack, known); err != nil {
		t.Fatal(err)
	}
	for i, k := range known {
		var logits []float64
		for _, v := range u.Model.Classifier.Logits(i) {
			logits = append(logits, float64(v))
		}
		golden[k.Golden].Dim[i/len(golden)] = map[pack.Kind][]float64{u.Pack.Kind: logits}
	}
}

// Run runs a check under a seed.
func Run(t *testing.T, c selftest.Check, seed uint64) selftest.Result {
	t.Helper()
	r := selftest.Run(t.Context(), seed, []selftest.Check{c})[0]
	if bad := r.Result == selftest.Fail || r.Result == selftest.Warn; bad != (r.Hint != "") {
		t.Errorf("%s: %s with the hint %q", r.Name, r.Result, r.Hint)
	}
	return r
}
