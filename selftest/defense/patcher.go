package defense

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// face is one that patches are applied to.
type face struct {
	label  string
	pixels []byte
}

// goldenFaces are those of the pack.
func goldenFaces(p *pack.Pack) (all []face) {
	for _, i := range model.GoldenFaces(p) {
		pixels := make([]byte, p.Manifest.Input.Size())
		p.GoldenInput(i, pixels)
		all = append(all, face{p.Manifest.Golden[i].Label, pixels})
	}
	return all
}

// patcher applies stored patches to faces, at random places, angles, sizes and light, and has them classified behind the smoothing, as
// faces before the camera are.
type patcher struct {
	*Defense
	faces    []face
	smoother *model.FaceSmoother
}

func (d *Defense) newPatcher(faces []face) (*patcher, error) {
	in := d.Pack.Manifest.Input
	if in.Channels() != 3 {
		return nil, errors.New("patches are tried on color models only")
	}
	return &patcher{d, faces, model.NewFaceSmoother(d.Smoother, in.Height, in.Width)}, nil
}

func (p *patcher) close() { _ = p.smoother.Close() } // gocv's Close never fails

// try applies patch i to all faces of the label that it is made for. With keep it returns a picture of one, if there is one then one that
// lost its label.
func (p *patcher) try(i int, seed uint64, keep bool) (t trial, shown *selftest.Picture, err error) {
	patch := &p.Pack.Manifest.Patches[i]
	t = trial{file: patch.File, from: patch.From, to: patch.To, success: p.Pack.Success(patch), lost: p.Pack.Lost(patch)}
	faces, err := p.patch(i, seed)
	if err != nil || len(faces) == 0 {
		return t, nil, err
	}
	labels, err := p.classify(faces)
	if err != nil {
		return t, nil, err
	}
	t.count(labels)
	if !keep {
		wipe(faces)
		return t, nil, nil
	}
	k := max(0, slices.IndexFunc(labels, func(l string) bool { return l != t.from }))
	in := p.Pack.Manifest.Input
	picture, err := selftest.NewPicture(
		fmt.Sprintf("%s → %s, %g %%: classified as %s; %d of %d turned", t.from, t.to, 100*patch.Area, labels[k], t.aimed, t.faces),
		faces[k], in.Width, in.Height, in.Color)
	return t, &picture, err
}

// count adds the labels that patched faces got.
func (t *trial) count(labels []string) {
	for _, label := range labels {
		t.faces++
		switch label {
		case t.from:
			t.right++
		case t.to:
			t.aimed++
		}
		if t.from == "none" && label == "correct" {
			t.passed++
		}
	}
}

// patch returns the faces of the label that patch i is made for, several times each with the patch.
func (p *patcher) patch(i int, seed uint64) (patched [][]byte, err error) {
	s, err := NewSticker(p.Pack, i)
	if err != nil {
		return nil, err
	}
	draws := p.Draws
	if draws == 0 {
		draws = DefaultDraws
	}
	draw := rand.New(rand.NewPCG(seed, uint64(i)))
	for _, f := range p.faces {
		if f.label != p.Pack.Manifest.Patches[i].From {
			continue
		}
		for range draws {
			pixels := slices.Clone(f.pixels)
			s.Apply(pixels, draw)
			patched = append(patched, pixels)
		}
	}
	return patched, nil
}

// classify has faces classified behind the smoothing.
func (p *patcher) classify(faces [][]byte) (labels []string, err error) {
	for k, pixels := range faces {
		smoothed, err := p.smoother.Smooth(pixels)
		if err != nil {
			return nil, err
		}
		if err := p.Classifier.Fill(k, smoothed); err != nil {
			return nil, err
		}
	}
	if err := p.Classifier.Run(len(faces)); err != nil {
		return nil, err
	}
	for k := range faces {
		labels = append(labels, p.Pack.Manifest.Classes[model.Answer(p.Classifier.Logits(k))])
	}
	return labels, nil
}

// wipe overwrites faces with zeros.
func wipe(faces [][]byte) {
	for _, f := range faces {
		clear(f)
	}
}
