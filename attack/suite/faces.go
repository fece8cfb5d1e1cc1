package suite

import (
	"fmt"
	"slices"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/frame"
)

// Faces are labeled pictures, all of one size.
type Faces struct {
	Height, Width int
	Pixels        [][]byte // of each, height x width x 3, as a classifier takes them
	Labels        []frame.Label
}

// Count is how many faces have a label.
func (f *Faces) Count(l frame.Label) (n int) {
	for _, label := range f.Labels {
		if label == l {
			n++
		}
	}
	return n
}

// attacked are the faces as an attack takes them, with classes in a model's order. All have the target, unless that is Unknown.
func (f *Faces) attacked(classes []string, target frame.Label) (*attack.Faces, error) {
	index := func(l frame.Label) (int, error) {
		i := slices.Index(classes, l.String())
		if i < 0 {
			return 0, fmt.Errorf("the model's classes are %q, want one called %s", classes, l)
		}
		return i, nil
	}
	a := &attack.Faces{Height: f.Height, Width: f.Width}
	for i, pixels := range f.Pixels {
		label, err := index(f.Labels[i])
		if err != nil {
			return nil, err
		}
		a.Labels = append(a.Labels, label)
		a.Pixels = AppendValues(a.Pixels, pixels)
		if target == frame.Unknown {
			continue
		}
		to, err := index(target)
		if err != nil {
			return nil, err
		}
		a.Targets = append(a.Targets, to)
	}
	return a, nil
}

// part are the faces from one to before another.
func part(f *attack.Faces, from, to int) *attack.Faces {
	size := f.Height * f.Width * 3
	p := &attack.Faces{Height: f.Height, Width: f.Width, Pixels: f.Pixels[from*size : to*size], Labels: f.Labels[from:to]}
	if f.Targets != nil {
		p.Targets = f.Targets[from:to]
	}
	return p
}
