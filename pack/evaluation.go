package pack

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
)

const evaluationName = "evaluation.json"

// Evaluation is what a pack's makers measured under attack on photos that the model had never seen, as far as a self-test compares
// with it.
type Evaluation struct {
	Alone    Robustness // of the network
	Smoothed Robustness // of the network behind the manifest's smoothing, attacked together
}

// Robustness is what was measured under each attack; what was not measured is empty.
type Robustness struct {
	FGSM    Measures // by the largest change of a pixel, in 255ths
	PGD     Measures // likewise
	Worst   Measures // likewise, under all attacks together, those aimed from none at correct among them
	Patches Measures // by the part of the picture that the patch covers; aimed at every label
}

// Measure is what was measured at one strength of an attack.
type Measure struct {
	Strength    float64
	Accuracy    float64 // mean of the classes' shares of faces that keep their label, 0 to 1
	NoneCorrect float64 // share of unmasked faces that are taken for correct masks, 0 to 1
}

// Measures are those of one attack.
type Measures []Measure

// At is what was measured at a strength, and whether there is such a figure.
func (m Measures) At(strength float64) (Measure, bool) {
	for _, one := range m {
		if one.Strength == strength {
			return one, true
		}
	}
	return Measure{}, false
}

// Evaluation reads the pack's evaluation.json, which must still have the hash that the manifest says. A pack without that file has no
// figures, which is no error.
func (p *Pack) Evaluation() (_ Evaluation, err error) {
	hash, listed := p.Manifest.Files[evaluationName]
	if !listed {
		return Evaluation{}, nil
	}
	f, err := openFolder(p.Dir)
	if err != nil {
		return Evaluation{}, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	data, err := f.read(evaluationName, hash, true)
	if err != nil {
		return Evaluation{}, err
	}
	e, err := evaluation(data)
	if err != nil {
		return Evaluation{}, fmt.Errorf("%s: %w: evaluate the model again", filepath.Join(p.Dir, evaluationName), err)
	}
	return e, nil
}

// table is a list of rows in the file; training/robustness.py writes it.
type table struct {
	Rows []row `json:"rows"`
}

type attacks struct {
	Attacks map[string][]row `json:"attacks"`
}

// row has one of the two strengths; a key that is missing must not pass for a zero.
type row struct {
	Eps         *float64 `json:"eps255"`
	Area        *float64 `json:"area"`
	Accuracy    *float64 `json:"balanced_accuracy"`
	NoneCorrect *float64 `json:"none_to_correct"`
}

func evaluation(data []byte) (e Evaluation, err error) {
	var file struct {
		LinfAlone        attacks `json:"linf_alone"`
		LinfSmoothed     attacks `json:"linf_smoothed"`
		EnsembleAlone    table   `json:"ensemble_alone"`
		EnsembleSmoothed table   `json:"ensemble_smoothed"`
		PatchesAlone     table   `json:"patches_alone"`
		PatchesSmoothed  table   `json:"patches_smoothed"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return e, explain(err)
	}
	if e.Alone, err = robustness("alone", file.LinfAlone, file.EnsembleAlone, file.PatchesAlone); err != nil {
		return e, err
	}
	e.Smoothed, err = robustness("smoothed", file.LinfSmoothed, file.EnsembleSmoothed, file.PatchesSmoothed)
	return e, err
}

func robustness(what string, linf attacks, ensemble, patches table) (r Robustness, err error) {
	for name, rows := range linf.Attacks {
		to := &r.FGSM
		switch {
		case strings.HasPrefix(name, "PGD-"): // its steps follow
			to = &r.PGD
		case name != "FGSM":
			continue
		}
		if *to, err = measures("linf_"+what+".attacks."+name, rows); err != nil {
			return r, err
		}
	}
	if r.Worst, err = measures("ensemble_"+what+".rows", ensemble.Rows); err != nil {
		return r, err
	}
	r.Patches, err = measures("patches_"+what+".rows", patches.Rows)
	return r, err
}

func measures(at string, rows []row) (all Measures, err error) {
	for i, r := range rows {
		strength := r.Eps
		if strength == nil {
			strength = r.Area
		}
		if strength == nil {
			return nil, fmt.Errorf("%s[%d]: want eps255 or area", at, i)
		}
		for name, v := range map[string]*float64{"balanced_accuracy": r.Accuracy, "none_to_correct": r.NoneCorrect} {
			if v == nil || !(*v >= 0 && *v <= 1) {
				return nil, fmt.Errorf("%s[%d].%s: missing, or not 0 to 1", at, i, name)
			}
		}
		all = append(all, Measure{*strength, *r.Accuracy, *r.NoneCorrect})
	}
	return all, nil
}
