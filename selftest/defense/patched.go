package defense

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// DefaultDraws keeps the 12 patches on 8 faces each, 768 faces, under two seconds on a small camera's core.
const DefaultDraws = 8

// patched is what became of golden faces with stored patches under one seed: two checks of one self-test need it.
type patched struct {
	seed   uint64
	tried  map[int]trial // by the patch's place in the manifest
	images map[int]selftest.Picture
}

// trials tries the chosen patches on the golden faces, each once for a seed.
func (p *patched) trials(ctx context.Context, d *Defense, seed uint64, chosen func(*pack.Patch) bool) (all []trial, err error) {
	if p.tried == nil || p.seed != seed {
		*p = patched{seed, map[int]trial{}, map[int]selftest.Picture{}}
	}
	var left []int
	for i := range d.Pack.Manifest.Patches {
		if _, done := p.tried[i]; !done && chosen(&d.Pack.Manifest.Patches[i]) {
			left = append(left, i)
		}
	}
	if err := p.try(ctx, d, left); err != nil {
		return nil, err
	}
	for i := range d.Pack.Manifest.Patches {
		if t := p.tried[i]; t.faces > 0 && chosen(&d.Pack.Manifest.Patches[i]) {
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the pack holds no golden face that a patch could be applied to")
	}
	return all, nil
}

func (p *patched) try(ctx context.Context, d *Defense, patches []int) error {
	if len(patches) == 0 {
		return nil
	}
	by, err := d.newPatcher(goldenFaces(d.Pack))
	if err != nil {
		return err
	}
	defer by.close()
	for _, i := range patches {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, picture, err := by.try(i, p.seed, d.Pictures)
		if err != nil {
			return err
		}
		p.tried[i] = t
		if picture != nil {
			p.images[i] = *picture
		}
	}
	return nil
}

// pictures are the pictures that were kept, in the order of the patches.
func (p *patched) pictures() (all []selftest.Picture) {
	for _, i := range slices.Sorted(maps.Keys(p.images)) {
		all = append(all, p.images[i])
	}
	return all
}
