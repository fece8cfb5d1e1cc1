package pack

import (
	"os"
	"slices"
	"testing"
)

// FuzzManifest: whatever stands in a manifest, it is refused with a reason, or usable as it is.
func FuzzManifest(f *testing.F) {
	data, err := os.ReadFile("testdata/tiny/manifest.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format": 2, "golden": [{}]}`))
	f.Add([]byte(`{"input": {"scale": 1e999}}`))
	f.Add([]byte(`{"squeezing": null, "patches": [null], "models": {"float32": ""}, "files": {"": ""}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a word")
			}
			return
		}
		for kind, file := range m.Models {
			p := &Pack{Manifest: m, Kind: kind}
			if p.ID() == "" || p.File() != file || len(p.SHA256()) != 64 || !(m.Tolerance[kind] > 0) {
				t.Fatalf("took %+v", m)
			}
			p.GoldenInput(0, make([]byte, m.Input.Size()))
			for _, output := range p.Order() {
				if output < 0 {
					t.Fatalf("took the classes %q", m.Classes)
				}
			}
		}
		if m.Models[Float32] == "" || m.Input.Size() < 64 || m.Input.Size() > 3<<20 {
			t.Fatalf("took %+v", m)
		}
	})
}

// FuzzSignature: a signature is refused with a reason, or stands in the only bytes that say so.
func FuzzSignature(f *testing.F) {
	f.Add([]byte("untrusted comment: " + comment + "\nRUTAI2pkexWNG0Rs78Bh8fxcH/Db/sAPK9H8zM1GpCEBCkEJ8vR7VOIJUxC/D89psbyNmCmVJSbNTWRQYTitL7nXusnR3sje5AA=\n" +
		"trusted comment: timestamp:1795578020\tfile:m\thashed\nCJ5kzNTweUadBXzQGngS6yrAprWVZt/U1gJX/pHzq6yD60oRQjFx0cWpKYKRIqOewtSGMCFfNCppzmQ3Mr1nCA==\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := parseSignature(text); err == nil && s.String() != string(text) {
			t.Fatalf("took %q", text)
		}
	})
}

// FuzzEvaluation: the figures of a pack are refused with a reason, or shares from 0 to 1.
func FuzzEvaluation(f *testing.F) {
	data, err := os.ReadFile("../models/robust/evaluation.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"linf_alone": {"attacks": {"FGSM": [{"eps255": 1, "balanced_accuracy": 0.5, "none_to_correct": 0}], "PGD-": null}}}`))
	f.Add([]byte(`{"patches_alone": {"rows": [{"area": -1, "balanced_accuracy": 2}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := evaluation(data)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a word")
			}
			return
		}
		for _, r := range []Robustness{e.Alone, e.Smoothed} {
			for _, m := range slices.Concat(r.FGSM, r.PGD, r.Worst, r.Patches) {
				if !(m.Accuracy >= 0 && m.Accuracy <= 1 && m.NoneCorrect >= 0 && m.NoneCorrect <= 1 && m.Strength >= 0) {
					t.Fatalf("took %+v", m)
				}
			}
		}
	})
}
