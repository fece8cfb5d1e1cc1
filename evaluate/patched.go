package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	defensecheck "github.com/maskwarden/maskwarden/selftest/defense"
)

// Patched is what a pack's stored patches do to photos of faces, once to each. Stable, scripts read it.
type Patched struct {
	Split   string        `json:"split"`
	Seed    uint64        `json:"seed"` // of places, angles, scales and light
	Patches []PatchEffect `json:"patches"`
	Model   string        `json:"model"`

	Baseline *Patched `json:"beside,omitempty"` // the same of another pack, with its own patches
}

// PatchEffect is what one patch does to all faces of its label.
type PatchEffect struct {
	From      string  `json:"from"`
	To        string  `json:"to"`
	Area      float64 `json:"area"` // share of the face's picture
	Made      float64 `json:"made"` // share that it changed when it was made: the pack's floor
	Faces     int     `json:"faces"`
	Before    float64 `json:"before"`    // share that is taken for To without the patch
	Network   float64 `json:"network"`   // share that the smoothed network takes for To with it
	Reported  float64 `json:"told"`      // share that the camera would report as To
	Suspected float64 `json:"suspected"` // share that it marks
}

// RunPatched applies each stored patch of the pack in use to every photo of its label, in a split that dir/manifest.csv lists (columns
// file, split and group; the file's folder is its label), as `maskwarden selftest` applies them to golden faces.
func RunPatched(ctx context.Context, p *pipeline.Pipeline, dir, split string, seed uint64) (*Patched, error) {
	if len(p.Engine.Pack.Manifest.Patches) == 0 {
		return nil, fmt.Errorf("%s: the pack holds no patches", p.Engine.Pack.Dir)
	}
	groups, err := groups(filepath.Join(dir, "manifest.csv"), split)
	if err != nil {
		return nil, err
	}
	tried := make([]trial, len(p.Engine.Pack.Manifest.Patches))
	for i, patch := range p.Engine.Pack.Manifest.Patches {
		t := &tried[i]
		t.From, t.To, t.Area, t.Made = patch.From, patch.To, patch.Area, patch.Success
		t.random = rand.New(rand.NewPCG(seed, uint64(i)))
		if t.sticker, err = defensecheck.NewSticker(p.Engine.Pack, i); err != nil {
			return nil, err
		}
	}
	var in reader
	defer in.close()
	for _, file := range slices.Concat(groups...) {
		if err := errors.Join(ctx.Err(), try(p, &in, filepath.Join(dir, file), tried)); err != nil {
			return nil, err
		}
	}
	r := &Patched{Split: split, Seed: seed, Model: p.Engine.Pack.ID()}
	for i := range tried {
		if tried[i].Faces == 0 {
			return nil, fmt.Errorf("%s: no file of split %q lies in a folder %s", dir, split, tried[i].From)
		}
		r.Patches = append(r.Patches, tried[i].share())
	}
	return r, nil
}

// trial counts faces in place of shares.
type trial struct {
	PatchEffect
	sticker *defensecheck.Sticker
	random  *rand.Rand
}

// try classifies a photo without a patch, and with each patch that is made for its label.
func try(p *pipeline.Pipeline, in *reader, file string, tried []trial) error {
	label := filepath.Base(filepath.Dir(file))
	if !slices.ContainsFunc(tried, func(t trial) bool { return t.From == label }) {
		return nil
	}
	return in.with(file, func(img gocv.Mat) error {
		probs, err := p.ClassifyFace(img)
		if err != nil {
			return err
		}
		plain, _ := probs.Best()
		for i := range tried {
			t := &tried[i]
			if t.From != label {
				continue
			}
			probs, proof, err := p.CertifyFace(img, func(pixels []byte) { t.sticker.Apply(pixels, t.random) })
			if err != nil {
				return err
			}
			t.add(plain, probs, proof)
		}
		return nil
	})
}

// add counts a face: its label without the patch, and the answers with it.
func (t *trial) add(plain frame.Label, probs frame.Probabilities, proof frame.Proof) {
	label, _ := probs.Best()
	reported, _ := decision.Settle(label, proof)
	t.Faces++
	t.Before += t.is(plain)
	t.Network += t.is(label)
	t.Reported += t.is(reported)
	if proof.Suspicion != 0 {
		t.Suspected++
	}
}

func (t *trial) is(l frame.Label) float64 {
	if l.String() == t.To {
		return 1
	}
	return 0
}

func (t *trial) share() PatchEffect {
	s, n := t.PatchEffect, float64(t.Faces)
	s.Before, s.Network, s.Reported, s.Suspected = s.Before/n, s.Network/n, s.Reported/n, s.Suspected/n
	return s
}
