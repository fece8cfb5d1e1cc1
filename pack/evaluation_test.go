package pack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

// evaluated is a signed copy of the tiny pack with an evaluation.json, "" for none.
func evaluated(t *testing.T, text string) *pack.Pack {
	t.Helper()
	dir := packtest.Copy(t, "testdata/tiny")
	if text != "" {
		packtest.Put(t, dir, "evaluation.json", []byte(text))
	}
	p, err := pack.Open(dir, pack.Float32, []string{packtest.Sign(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEvaluation(t *testing.T) {
	p := evaluated(t, `{"model": {"name": "tiny"},
"linf_alone": {"attacks": {"FGSM": [{"eps255": 4, "balanced_accuracy": 0.7, "none_to_correct": 0.1}], "BIM-10": [{}],
 "PGD-20": [{"eps255": 4, "balanced_accuracy": 0.6, "none_to_correct": 0.2}]}},
"ensemble_smoothed": {"rows": [{"eps255": 8, "balanced_accuracy": 0.5, "none_to_correct": 0.3}]},
"patches_alone": {"rows": [{"area": 0.02, "balanced_accuracy": 0.4, "none_to_correct": 0.04}]}}`)
	got, err := p.Evaluation()
	if err != nil {
		t.Fatal(err)
	}
	want := pack.Evaluation{
		Alone:    pack.Robustness{FGSM: pack.Measures{{4, 0.7, 0.1}}, PGD: pack.Measures{{4, 0.6, 0.2}}, Patches: pack.Measures{{0.02, 0.4, 0.04}}},
		Smoothed: pack.Robustness{Worst: pack.Measures{{8, 0.5, 0.3}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m, ok := got.Alone.PGD.At(4); !ok || m.Accuracy != 0.6 {
		t.Errorf("at 4: %v, %t", m, ok)
	}
	if m, ok := got.Alone.PGD.At(2); ok {
		t.Errorf("at 2: %v, want none", m)
	}
	if got, err := evaluated(t, "").Evaluation(); err != nil || !cmp.Equal(got, pack.Evaluation{}) {
		t.Errorf("without the file: %+v, %v", got, err)
	}
}

func TestEvaluationErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"linf_alone": {"attacks": {"FGSM": [{"balanced_accuracy": 1, "none_to_correct": 0}]}}}`, "linf_alone.attacks.FGSM[0]: want eps255 or area"},
		{`{"patches_smoothed": {"rows": [{"area": 0.02, "none_to_correct": 0}]}}`, "patches_smoothed.rows[0].balanced_accuracy: missing, or not 0 to 1"},
		{`{"ensemble_alone": {"rows": [{"eps255": 4, "balanced_accuracy": 1, "none_to_correct": 2}]}}`, "ensemble_alone.rows[0].none_to_correct: missing, or not 0 to 1"},
		{`{"patches_alone": 7}`, "patches_alone: number, want a value of type pack.table"},
	} {
		p := evaluated(t, c.text)
		want := filepath.Join(p.Dir, "evaluation.json") + ": " + c.want + ": evaluate the model again"
		if _, err := p.Evaluation(); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	p := evaluated(t, `{}`)
	path := filepath.Join(p.Dir, "evaluation.json")
	if err := os.WriteFile(path, []byte(`{ }`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Evaluation(); err == nil || !strings.Contains(err.Error(), path+" has the sha256 ") {
		t.Errorf("an altered file: %v", err)
	}
}

// The shipped pack holds every figure that the self-test compares with.
func TestShippedEvaluation(t *testing.T) {
	e, err := packtest.Open(t, "../models/robust", pack.Float32).Evaluation()
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]pack.Robustness{"alone": e.Alone, "smoothed": e.Smoothed} {
		for attack, m := range map[string]pack.Measures{"FGSM": r.FGSM, "PGD": r.PGD, "all": r.Worst} {
			for _, eps := range []float64{1, 2, 4, 8, 16} {
				if _, ok := m.At(eps); !ok {
					t.Errorf("%s: no figure for %s at %g/255", name, attack, eps)
				}
			}
		}
		if _, ok := r.Patches.At(0.02); !ok {
			t.Errorf("%s: no figure for patches of 2 %%", name)
		}
	}
}
