package model

import (
	"math/rand/v2"

	"github.com/maskwarden/maskwarden/pack"
)

// GoldenFaces are the places of faces among the pack's known answers.
func GoldenFaces(p *pack.Pack) (places []int) {
	for i, g := range p.Manifest.Golden {
		if g.File != "" {
			places = append(places, i)
		}
	}
	return places
}

// DrawFaces are the places of some golden faces of each label, drawn at random; most 0 or less: all.
func DrawFaces(p *pack.Pack, most int, draw *rand.Rand) (places []int) {
	taken := map[string]int{}
	all := GoldenFaces(p)
	for _, k := range draw.Perm(len(all)) {
		label := p.Manifest.Golden[all[k]].Label
		if most > 0 && taken[label] >= most {
			continue
		}
		taken[label]++
		places = append(places, all[k])
	}
	return places
}

// Blend is a picture that contradicts itself: half a golden face, half one of another label; nil where there is no other.
func Blend(p *pack.Pack, face int, draw *rand.Rand) []byte {
	golden := p.Manifest.Golden
	var others []int
	for _, i := range GoldenFaces(p) {
		if golden[i].Label != golden[face].Label {
			others = append(others, i)
		}
	}
	if len(others) == 0 {
		return nil
	}
	pixels, other := make([]byte, p.Manifest.Input.Size()), make([]byte, p.Manifest.Input.Size())
	p.GoldenInput(face, pixels)
	p.GoldenInput(others[draw.IntN(len(others))], other)
	for i := range pixels {
		pixels[i] = byte((int(pixels[i]) + int(other[i])) / 2)
	}
	return pixels
}
