package deep

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/selftest"
)

// strike is one attack at one strength; run returns the faces, attacked.
type strike struct {
	name string
	run  func(net attack.Network, faces *attack.Faces) ([]float32, error)
}

// outcome is what the classifier in use made of attacked faces.
type outcome struct {
	alone    fate // made against the network, judged without the smoothing
	transfer fate // made against the network, judged behind the smoothing
	adaptive fate // made against both together, judged behind the smoothing
	pictures []selftest.Picture
}

// behind is the worse of what came through the smoothing, face by face.
func (o *outcome) behind() fate { return o.transfer.or(o.adaptive) }

// shot is one attacked face.
type shot struct {
	face   int
	pixels []byte
}

// strike attacks all faces, and the bare ones once more so that they be taken for correct; first the network alone, then behind the smoothing.
func (l *Lab) strike(ctx context.Context, s strike) (_ *outcome, err error) {
	if err := l.prepare(); err != nil {
		return nil, err
	}
	g := selftest.NewGlass(l.Smoother, l.faces.Height, l.faces.Width)
	defer func() { err = errors.Join(err, g.Close()) }()
	net, err := newCalm(watched{l.Network, ctx}, l.faces.Pixels, len(l.faces.bytes))
	if err != nil {
		return nil, err
	}
	against, err := l.shoot(s, net)
	if err != nil {
		return nil, err
	}
	o := &outcome{}
	if o.alone, _, err = l.see(against, false); err != nil {
		return nil, err
	}
	if o.transfer, _, err = l.see(against, true); err != nil {
		return nil, err
	}
	both, err := l.shoot(s, &smoothed{Network: net, glass: g})
	if err != nil {
		return nil, err
	}
	var seen []int
	if o.adaptive, seen, err = l.see(both, true); err != nil || !l.Pictures {
		return o, err
	}
	o.pictures, err = l.show(s.name, both, seen)
	return o, err
}

func (l *Lab) shoot(s strike, net attack.Network) (shots []shot, err error) {
	f := l.faces
	all := make([]int, len(f.bytes))
	for i := range all {
		all[i] = i
	}
	for _, part := range []struct {
		faces *attack.Faces
		who   []int
	}{{&f.Faces, all}, {f.aimed(l.Pack.Manifest.Classes), f.bare}} {
		if len(part.who) == 0 {
			continue
		}
		images, err := s.run(net, part.faces)
		if err != nil {
			return nil, err
		}
		size := len(images) / len(part.who)
		for i, face := range part.who {
			shots = append(shots, shot{face, pixels(images[i*size : (i+1)*size])})
		}
	}
	return shots, nil
}

// see has the classifier judge the shots; seen are its labels.
func (l *Lab) see(shots []shot, smooth bool) (f fate, seen []int, err error) {
	faces := make([][]byte, len(shots))
	for i, s := range shots {
		faces[i] = s.pixels
	}
	if seen, err = l.judge(faces, smooth); err != nil {
		return f, nil, err
	}
	f = fate{make([]bool, len(l.faces.bytes)), make([]bool, len(l.faces.bytes)), len(l.faces.bare)}
	for i, s := range shots {
		label, was := l.Pack.Manifest.Classes[seen[i]], l.Pack.Manifest.Classes[l.faces.Labels[s.face]]
		f.lost[s.face] = f.lost[s.face] || label != was
		f.passed[s.face] = f.passed[s.face] || was == none && label == correct
	}
	return f, seen, nil
}

// show keeps one attacked golden face of each class, if there is one then one that lost its label.
func (l *Lab) show(name string, shots []shot, seen []int) (pictures []selftest.Picture, err error) {
	in, classes := l.Pack.Manifest.Input, l.Pack.Manifest.Classes
	for class, was := range classes {
		chosen := -1
		for i, s := range shots {
			if s.face >= l.faces.golden || l.faces.Labels[s.face] != class {
				continue
			}
			if chosen < 0 || seen[chosen] == class && seen[i] != class {
				chosen = i
			}
		}
		if chosen < 0 {
			continue
		}
		caption := fmt.Sprintf("%s, attacked by %s: seen as %s", was, name, classes[seen[chosen]])
		p, err := selftest.NewPicture(caption, shots[chosen].pixels, in.Width, in.Height, in.Color)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, p)
	}
	return pictures, nil
}

// fate is what became of each face.
type fate struct {
	lost   []bool // was taken for something else by one attack or more
	passed []bool // had no mask, and was taken for correct
	bare   int    // how many had none
}

func (f fate) or(g fate) fate {
	h := fate{slices.Clone(f.lost), slices.Clone(f.passed), f.bare}
	for i := range h.lost {
		h.lost[i], h.passed[i] = f.lost[i] || g.lost[i], f.passed[i] || g.passed[i]
	}
	return h
}

// kept is how many faces kept their label.
func (f fate) kept() int { return len(f.lost) - count(f.lost) }

// accuracy is their share.
func (f fate) accuracy() float64 { return float64(f.kept()) / float64(len(f.lost)) }

// through is the share of the bare faces that passed as correct.
func (f fate) through() float64 { return float64(count(f.passed)) / float64(max(1, f.bare)) }

func count(all []bool) (n int) {
	for _, v := range all {
		if v {
			n++
		}
	}
	return n
}
