package pack

import (
	"fmt"
	"math"
)

// Known is a known answer: what the models say of a golden input in some light.
type Known struct {
	At     string             // for people: golden[3].dim[1]
	Golden int                // place of the input among Manifest.Golden
	Light  float64            // what its pixels are multiplied with: 1, or one of DimLights
	Logits map[Kind][]float64 // in the order of Manifest.Classes
}

// DimLights are what the pixels of golden inputs are multiplied with to show them in dim light.
func DimLights() []float64 { return []float64{0.35, 0.25} }

// Known are all known answers: those to the golden inputs as they are, in their order, then in each dim light, if the pack holds these.
func (p *Pack) Known() []Known {
	golden := p.Manifest.Golden
	all := make([]Known, len(golden))
	for i, g := range golden {
		all[i] = Known{fmt.Sprintf("golden[%d]", i), i, 1, g.Logits}
	}
	for k, light := range DimLights() {
		for i, g := range golden {
			if len(g.Dim) > k {
				all = append(all, Known{fmt.Sprintf("golden[%d].dim[%d]", i, k), i, light, g.Dim[k]})
			}
		}
	}
	return all
}

// KnownInput fills pixels, Manifest.Input.Size bytes, with the picture of a known answer.
func (p *Pack) KnownInput(k Known, pixels []byte) {
	p.GoldenInput(k.Golden, pixels)
	if k.Light != 1 {
		Dim(pixels, k.Light)
	}
}

// Dim multiplies pixels with a light of 0 to 1 and rounds them, halves up; training/pack/golden.py does the same.
func Dim(pixels []byte, light float64) {
	for i, v := range pixels {
		scaled := float64(v) * light // by itself: fused with the sum it would be rounded otherwise on some processors
		pixels[i] = byte(math.Floor(scaled + 0.5))
	}
}

// checkDim holds answers in dim light to one each for every golden input, or none at all.
func (m *Manifest) checkDim(i int) error {
	dim, lights := m.Golden[i].Dim, DimLights()
	if len(dim) != len(m.Golden[0].Dim) || len(dim) != 0 && len(dim) != len(lights) {
		return fmt.Errorf("golden[%d].dim: %d answers, want %d, one each with the pixels multiplied with %v, or none in all of golden",
			i, len(dim), len(lights), lights)
	}
	for k, logits := range dim {
		if err := m.checkLogits(fmt.Sprintf("golden[%d].dim[%d]", i, k), logits); err != nil {
			return err
		}
	}
	return nil
}

// checkLogits holds logits to one of each class for each of the models.
func (m *Manifest) checkLogits(at string, logits map[Kind][]float64) error {
	for _, kind := range m.kinds() {
		if n := len(logits[kind]); n != len(m.Classes) {
			return fmt.Errorf("%s.%s: %d values, want %d, one a class", at, kind, n, len(m.Classes))
		}
	}
	return extra(at, logits, m.Models)
}
