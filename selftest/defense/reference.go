package defense

import (
	"bytes"
	"image"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// reference answers what a certified check must find, by the definition (PatchCleanser, Xiang et al. 2022, arXiv:2108.09135): a
// mask on the raw pixels, the smoother, the classifier, one view after the other, and nothing remembered.
type reference struct {
	*Defense
	masks    []image.Rectangle
	width    int    // of a face, pixels
	hidden   []byte // a face behind masks
	smoother *model.FaceSmoother
}

// verdict is what the reference implementation found.
type verdict struct {
	label    frame.Label   // the picture's answer; where masks disagree, that of double masking
	certain  bool          // every masked view has it, surely enough
	disagree bool          // some masked view has another, surely enough
	conflict float32       // see frame.Proof
	one      []frame.Label // behind each mask
}

func (d *Defense) reference() (*reference, error) {
	in := d.Pack.Manifest.Input
	masks, err := defense.Masks(in.Width, in.Height, d.Pack.Manifest.Masking)
	if err != nil {
		return nil, err
	}
	return &reference{d, masks, in.Width, make([]byte, in.Size()), model.NewFaceSmoother(d.Smoother, in.Height, in.Width)}, nil
}

func (r *reference) close() error { return r.smoother.Close() }

// view is the smoothed picture behind some masks; the bytes are valid until the next call.
func (r *reference) view(pixels []byte, masks ...image.Rectangle) ([]byte, error) {
	row := bytes.Repeat([]byte{byte(r.Pack.Manifest.Masking.Fill)}, 3*r.width)
	copy(r.hidden, pixels)
	for _, m := range masks {
		for y := m.Min.Y; y < m.Max.Y; y++ {
			copy(r.hidden[3*(y*r.width+m.Min.X):3*(y*r.width+m.Max.X)], row)
		}
	}
	return r.smoother.Smooth(r.hidden)
}

// ask classifies a picture behind some masks.
func (r *reference) ask(pixels []byte, masks ...image.Rectangle) (frame.Probabilities, error) {
	seen, err := r.view(pixels, masks...)
	if err != nil {
		return frame.Probabilities{}, err
	}
	return answer(r.Network, func() error { return r.Network.Fill(0, seen) })
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

// certify asks about a picture and each of its masked views.
func (r *reference) certify(pixels []byte) (v verdict, err error) {
	clean, err := r.ask(pixels)
	if err != nil {
		return v, err
	}
	label, mine := clean.Best()
	v.label, v.certain = label, true
	for _, m := range r.masks {
		p, err := r.ask(pixels, m)
		if err != nil {
			return v, err
		}
		other, its := p.Best()
		v.one = append(v.one, other)
		v.certain = v.certain && other == label && its > r.Certainty
		if other != label && its > r.Certainty {
			v.disagree = true
			v.conflict = max(v.conflict, min(mine, its))
		}
	}
	if v.disagree {
		v.label, err = r.double(pixels, v.one)
	}
	return v, err
}

// double is double masking's answer, given those behind each mask.
func (r *reference) double(pixels []byte, one []frame.Label) (frame.Label, error) {
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
	for _, agrees := range []agreement{has, denies} {
		for i, label := range one {
			if label == most {
				continue
			}
			if all, err := r.agree(pixels, r.masks[i], label, agrees); all || err != nil {
				return label, err
			}
		}
		if most != frame.Correct {
			break // only Correct is asked about in two classes
		}
	}
	return most, nil
}

// agreement says whether an answer agrees with a label.
type agreement func(got, label frame.Label) bool

func has(got, label frame.Label) bool { return got == label }
func denies(got, _ frame.Label) bool  { return got != frame.Correct }

// agree says whether a picture's answers behind one mask and each other agree with a label.
func (r *reference) agree(pixels []byte, mask image.Rectangle, label frame.Label, agrees agreement) (bool, error) {
	for _, m := range r.masks {
		p, err := r.ask(pixels, mask, m)
		if err != nil {
			return false, err
		}
		if got, _ := p.Best(); !agrees(got, label) {
			return false, nil
		}
	}
	return true, nil
}
