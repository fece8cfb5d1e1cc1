package deep

import (
	"errors"
	"fmt"
	"slices"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// none and correct are the classes of the mistake that counts most.
const none, correct = "none", "correct"

// faces are those that are attacked.
type faces struct {
	attack.Faces

	bytes    [][]byte // the same
	golden   int      // how many of them, the first, are the pack's
	unmasked []int    // those without a mask
}

// collect takes the pack's golden faces and the suite's further crops.
func (s *Suite) collect() (*faces, error) {
	m := &s.Pack.Manifest
	f := &faces{Faces: attack.Faces{Height: m.Input.Height, Width: m.Input.Width}}
	if m.Input.Color != "rgb" {
		return nil, fmt.Errorf("the model takes %s pictures, and attacks are made on rgb ones", m.Input.Color)
	}
	taken := map[string]int{}
	for i, g := range m.Golden {
		if g.File != "" && (s.Each == 0 || taken[g.Label] < s.Each) {
			taken[g.Label]++
			pixels := make([]byte, m.Input.Size())
			s.Pack.GoldenInput(i, pixels)
			f.add(pixels, slices.Index(m.Classes, g.Label))
		}
	}
	if f.golden = len(f.bytes); f.golden == 0 {
		return nil, errors.New("the pack holds no golden face to attack")
	}
	if s.Crops != nil {
		if err := s.addCrops(f); err != nil {
			return nil, err
		}
	}
	for i, label := range f.Labels {
		if m.Classes[label] == none {
			f.unmasked = append(f.unmasked, i)
		}
	}
	return f, nil
}

// addCrops adds the suite's crops, with the classifier's own answers for labels.
func (s *Suite) addCrops(f *faces) (err error) {
	crops, err := s.Crops()
	if err != nil {
		return fmt.Errorf("faces of this place: %w", err)
	}
	in := s.Pack.Manifest.Input
	for i, pixels := range crops {
		if len(pixels) != in.Size() {
			return fmt.Errorf("faces of this place: %d bytes for face %d, want %d", len(pixels), i, in.Size())
		}
	}
	g := model.NewFaceSmoother(s.Smoother, in.Height, in.Width)
	defer func() { err = errors.Join(err, g.Close()) }()
	labels, err := suite.Classify(s.Classifier, g.Smooth, crops)
	if err != nil {
		return err
	}
	for i, pixels := range crops {
		f.add(pixels, labels[i])
	}
	return nil
}

func (f *faces) add(pixels []byte, label int) {
	f.bytes, f.Labels = append(f.bytes, pixels), append(f.Labels, label)
	f.Pixels = suite.AppendValues(f.Pixels, pixels)
}

// targeted are the unmasked faces, with the target correct.
func (f *faces) targeted(classes []string) *attack.Faces {
	size := f.Height * f.Width * 3
	a := &attack.Faces{Height: f.Height, Width: f.Width}
	for _, i := range f.unmasked {
		a.Pixels = append(a.Pixels, f.Pixels[i*size:(i+1)*size]...)
		a.Labels, a.Targets = append(a.Labels, f.Labels[i]), append(a.Targets, slices.Index(classes, correct))
	}
	return a
}
