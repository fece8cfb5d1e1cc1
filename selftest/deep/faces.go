package deep

import (
	"errors"
	"fmt"
	"slices"

	"github.com/maskwarden/maskwarden/attack"
)

// none and correct are the classes of the mistake that counts most.
const none, correct = "none", "correct"

// faces are those that are attacked.
type faces struct {
	attack.Faces

	bytes  [][]byte // the same
	golden int      // how many of them, the first, are the pack's
	bare   []int    // those without a mask
}

// gather takes the pack's golden faces and the lab's further crops.
func (l *Lab) gather() (*faces, error) {
	m := &l.Pack.Manifest
	f := &faces{Faces: attack.Faces{Height: m.Input.Height, Width: m.Input.Width}}
	if m.Input.Color != "rgb" {
		return nil, fmt.Errorf("the model takes %s pictures, and attacks are made on rgb ones", m.Input.Color)
	}
	taken := map[string]int{}
	for i, g := range m.Golden {
		if g.File != "" && (l.Each == 0 || taken[g.Label] < l.Each) {
			taken[g.Label]++
			pixels := make([]byte, m.Input.Size())
			l.Pack.GoldenInput(i, pixels)
			f.add(pixels, slices.Index(m.Classes, g.Label))
		}
	}
	if f.golden = len(f.bytes); f.golden == 0 {
		return nil, errors.New("the pack holds no golden face to attack")
	}
	if l.Crops != nil {
		if err := l.crop(f); err != nil {
			return nil, err
		}
	}
	for i, label := range f.Labels {
		if m.Classes[label] == none {
			f.bare = append(f.bare, i)
		}
	}
	return f, nil
}

// crop adds the lab's crops, with the classifier's own answers for labels.
func (l *Lab) crop(f *faces) error {
	crops, err := l.Crops()
	if err != nil {
		return fmt.Errorf("faces of this place: %w", err)
	}
	if len(crops) == 0 {
		return nil
	}
	for i, pixels := range crops {
		if want := l.Pack.Manifest.Input.Size(); len(pixels) != want {
			return fmt.Errorf("faces of this place: %d bytes for face %d, want %d", len(pixels), i, want)
		}
	}
	labels, err := l.judge(crops, true)
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
	f.Pixels = appendValues(f.Pixels, pixels)
}

// aimed are the bare faces, each to be taken for a correct mask.
func (f *faces) aimed(classes []string) *attack.Faces {
	size := f.Height * f.Width * 3
	a := &attack.Faces{Height: f.Height, Width: f.Width}
	for _, i := range f.bare {
		a.Pixels = append(a.Pixels, f.Pixels[i*size:(i+1)*size]...)
		a.Labels, a.Targets = append(a.Labels, f.Labels[i]), append(a.Targets, slices.Index(classes, correct))
	}
	return a
}
