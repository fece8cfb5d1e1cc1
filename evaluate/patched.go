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
	Split   string `json:"split"`
	Seed    uint64 `json:"seed"` // of places, angles, scales and light
	Patches []Worn `json:"patches"`
	Model   string `json:"model"`

	Baseline *Patched `json:"beside,omitempty"` // the same of another pack, with its own patches
}

// Worn is what became of all faces of a label that wore one patch.
type Worn struct {
	From      string  `json:"from"`
	To        string  `json:"to"`
	Area      float64 `json:"area"` // share of the face's picture
	Made      float64 `json:"made"` // share that it turned when it was made: the pack's floor
	Faces     int     `json:"faces"`
	Before    float64 `json:"before"`    // share that is taken for To without the patch
	Network   float64 `json:"network"`   // share that the smoothed network takes for To with it
	Told      float64 `json:"told"`      // share that the camera would tell as To
	Suspected float64 `json:"suspected"` // share that it marks
}

// RunPatched lays each stored patch of the pack in use onto every photo of its label, in a split that dir/manifest.csv lists (columns
// file, split and group; the file's folder is its label), as `maskwarden selftest` lays them onto golden faces.
func RunPatched(ctx context.Context, p *pipeline.Pipeline, dir, split string, seed uint64) (*Patched, error) {
	if len(p.Engine.Pack.Manifest.Patches) == 0 {
		return nil, fmt.Errorf("%s: the pack holds no patches", p.Engine.Pack.Dir)
	}
	groups, err := groups(filepath.Join(dir, "manifest.csv"), split)
	if err != nil {
		return nil, err
	}
	tried := make([]wearing, len(p.Engine.Pack.Manifest.Patches))
	for i, patch := range p.Engine.Pack.Manifest.Patches {
		w := &tried[i]
		w.From, w.To, w.Area, w.Made = patch.From, patch.To, patch.Area, patch.Success
		w.lot = rand.New(rand.NewPCG(seed, uint64(i)))
		if w.sticker, err = defensecheck.NewSticker(p.Engine.Pack, i); err != nil {
			return nil, err
		}
	}
	for _, file := range slices.Concat(groups...) {
		if err := errors.Join(ctx.Err(), wear(p, filepath.Join(dir, file), tried)); err != nil {
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

// wearing counts, in place of shares, while faces are tried.
type wearing struct {
	Worn
	sticker *defensecheck.Sticker
	lot     *rand.Rand
}

// wear shows a photo to the pipeline without a patch, and with each that is made for its label.
func wear(p *pipeline.Pipeline, file string, tried []wearing) error {
	label := filepath.Base(filepath.Dir(file))
	if !slices.ContainsFunc(tried, func(w wearing) bool { return w.From == label }) {
		return nil
	}
	img := gocv.IMRead(file, gocv.IMReadColor)
	defer img.Close()
	if img.Empty() {
		return fmt.Errorf("%s: not a picture", file)
	}
	probs, err := p.ClassifyFace(img)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	bare, _ := probs.Best()
	for i := range tried {
		w := &tried[i]
		if w.From != label {
			continue
		}
		probs, proof, err := p.CertifyFace(img, func(pixels []byte) { w.sticker.Apply(pixels, w.lot) })
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		w.add(bare, probs, proof)
	}
	return nil
}

// add counts a face: its label bare, and what was said of it with the patch.
func (w *wearing) add(bare frame.Label, probs frame.Probabilities, proof frame.Proof) {
	label, _ := probs.Best()
	told, _ := decision.Settle(label, proof)
	w.Faces++
	w.Before += w.is(bare)
	w.Network += w.is(label)
	w.Told += w.is(told)
	if proof.Suspicion != 0 {
		w.Suspected++
	}
}

func (w *wearing) is(l frame.Label) float64 {
	if l.String() == w.To {
		return 1
	}
	return 0
}

func (w *wearing) share() Worn {
	s, n := w.Worn, float64(w.Faces)
	s.Before, s.Network, s.Told, s.Suspected = s.Before/n, s.Network/n, s.Told/n, s.Suspected/n
	return s
}
