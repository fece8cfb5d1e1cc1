package selftest

import (
	"bytes"
	"image"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
)

// oracle answers what a certified check must find, by the definition (PatchCleanser, Xiang et al. 2022, arXiv:2108.09135): a
// mask on the raw pixels, the smoother, the classifier, one view after the other, and nothing remembered.
type oracle struct {
	*Defense
	masks  []image.Rectangle
	width  int    // of a face, pixels
	hidden []byte // a face behind masks
	glass  *Glass
}

// verdict is what an oracle found.
type verdict struct {
	label    frame.Label   // the picture's answer; where masks disagree, that of double masking
	certain  bool          // every masked view has it, surely enough
	disagree bool          // some masked view has another, surely enough
	conflict float32       // see frame.Proof
	one      []frame.Label // behind each mask
}

func (d *Defense) oracle() (*oracle, error) {
	in := d.Pack.Manifest.Input
	masks, err := defense.Masks(in.Width, in.Height, d.Pack.Manifest.Masking)
	if err != nil {
		return nil, err
	}
	return &oracle{d, masks, in.Width, make([]byte, in.Size()), NewGlass(d.Smoother, in.Height, in.Width)}, nil
}

func (o *oracle) close() error { return o.glass.Close() }

// view is the smoothed picture behind some masks; the bytes are valid until the next call.
func (o *oracle) view(pixels []byte, masks ...image.Rectangle) ([]byte, error) {
	row := bytes.Repeat([]byte{byte(o.Pack.Manifest.Masking.Fill)}, 3*o.width)
	copy(o.hidden, pixels)
	for _, m := range masks {
		for y := m.Min.Y; y < m.Max.Y; y++ {
			copy(o.hidden[3*(y*o.width+m.Min.X):3*(y*o.width+m.Max.X)], row)
		}
	}
	return o.glass.Through(o.hidden)
}

// ask classifies a picture behind some masks.
func (o *oracle) ask(pixels []byte, masks ...image.Rectangle) (frame.Probabilities, error) {
	seen, err := o.view(pixels, masks...)
	if err != nil {
		return frame.Probabilities{}, err
	}
	return answer(o.Network, func() error { return o.Network.Fill(0, seen) })
}

// answer classifies the one picture that fill sets.
func answer(by Network, fill func() error) (p frame.Probabilities, err error) {
	if err := fill(); err != nil {
		return p, err
	}
	if err := by.Run(1); err != nil {
		return p, err
	}
	return by.Probabilities(0), nil
}

// judge asks about a picture and each of its masked views.
func (o *oracle) judge(pixels []byte) (v verdict, err error) {
	clean, err := o.ask(pixels)
	if err != nil {
		return v, err
	}
	label, mine := clean.Best()
	v.label, v.certain = label, true
	for _, m := range o.masks {
		p, err := o.ask(pixels, m)
		if err != nil {
			return v, err
		}
		other, its := p.Best()
		v.one = append(v.one, other)
		v.certain = v.certain && other == label && its > o.Certainty
		if other != label && its > o.Certainty {
			v.disagree = true
			v.conflict = max(v.conflict, min(mine, its))
		}
	}
	if v.disagree {
		v.label, err = o.double(pixels, v.one)
	}
	return v, err
}

// double is double masking's answer, given those behind each mask.
func (o *oracle) double(pixels []byte, one []frame.Label) (frame.Label, error) {
	var votes [frame.NumClasses]int
	for _, l := range one {
		votes[l.Index()]++
	}
	most := frame.Class(0)
	for i, n := range votes {
		if n >= votes[most.Index()] { // of equals the last class, as none is the safe answer
			most = frame.Class(i)
		}
	}
	for i, label := range one {
		if label == most {
			continue
		}
		if same, err := o.agree(pixels, o.masks[i], label); same || err != nil {
			return label, err
		}
	}
	return most, nil
}

// agree tells whether a picture has a label behind one mask and each other.
func (o *oracle) agree(pixels []byte, mask image.Rectangle, label frame.Label) (bool, error) {
	for _, m := range o.masks {
		p, err := o.ask(pixels, mask, m)
		if err != nil {
			return false, err
		}
		if got, _ := p.Best(); got != label {
			return false, nil
		}
	}
	return true, nil
}
