package deep

import (
	"context"
	"errors"
	"fmt"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// outcomes are the classifier's answers to one attack, made in two ways.
type outcomes struct {
	alone    suite.Outcome // made against the network, classified without the smoothing
	transfer suite.Outcome // made against the network, classified behind the smoothing
	adaptive suite.Outcome // made against both together, classified behind the smoothing
	pictures []selftest.Picture
}

// behind is the worse outcome behind the smoothing, face by face.
func (o *outcomes) behind() suite.Outcome { return o.transfer.Union(o.adaptive) }

// attack attacks all faces, and the unmasked ones once more with the target correct: first the network alone, then behind the smoothing.
func (s *Suite) attack(ctx context.Context, a suite.Attack) (_ *outcomes, err error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	g := model.NewFaceSmoother(s.Smoother, s.faces.Height, s.faces.Width)
	defer func() { err = errors.Join(err, g.Close()) }()
	net, err := suite.ScaleLogits(suite.Cancelable(ctx, s.Network), s.faces.Pixels, len(s.faces.bytes))
	if err != nil {
		return nil, err
	}
	transfer, err := s.examples(a, net)
	if err != nil {
		return nil, err
	}
	o := &outcomes{}
	if o.alone, _, err = s.classify(transfer, nil); err != nil {
		return nil, err
	}
	if o.transfer, _, err = s.classify(transfer, g.Smooth); err != nil {
		return nil, err
	}
	adaptive, err := s.examples(a, suite.Smoothed(net, g.Smooth, g.Size()))
	if err != nil {
		return nil, err
	}
	var answers []int
	if o.adaptive, answers, err = s.classify(adaptive, g.Smooth); err != nil || !s.Pictures {
		return o, err
	}
	o.pictures, err = s.illustrate(a.Name, adaptive, answers)
	return o, err
}

// examples attacks all faces untargeted, and the unmasked ones targeted.
func (s *Suite) examples(a suite.Attack, net attack.Network) ([]suite.Example, error) {
	f := s.faces
	all := make([]int, len(f.bytes))
	for i := range all {
		all[i] = i
	}
	examples, err := a.Examples(net, &f.Faces, all)
	if err != nil || len(f.unmasked) == 0 {
		return examples, err
	}
	targeted, err := a.Examples(net, f.targeted(s.Pack.Manifest.Classes), f.unmasked)
	return append(examples, targeted...), err
}

// classify asks the classifier in use about examples.
func (s *Suite) classify(examples []suite.Example, smooth suite.Smooth) (o suite.Outcome, answers []int, err error) {
	pixels := make([][]byte, len(examples))
	for i, e := range examples {
		pixels[i] = e.Pixels
	}
	if answers, err = suite.Classify(s.Classifier, smooth, pixels); err != nil {
		return o, nil, err
	}
	return suite.NewOutcome(s.faces.Labels, examples, answers), answers, nil
}

// clean is the outcome of faces without an attack.
func (s *Suite) clean(ctx context.Context) (*outcomes, error) {
	return s.attack(ctx, suite.Attack{Name: "none", Run: func(_ attack.Network, faces *attack.Faces) ([]float32, error) { return faces.Pixels, nil }})
}

// illustrate keeps one attacked golden face of each class, if there is one then one that lost its label.
func (s *Suite) illustrate(name string, examples []suite.Example, answers []int) (pictures []selftest.Picture, err error) {
	in, classes := s.Pack.Manifest.Input, s.Pack.Manifest.Classes
	for class, label := range classes {
		chosen := -1
		for i, e := range examples {
			if e.Face >= s.faces.golden || s.faces.Labels[e.Face] != class {
				continue
			}
			if chosen < 0 || answers[chosen] == class && answers[i] != class {
				chosen = i
			}
		}
		if chosen < 0 {
			continue
		}
		caption := fmt.Sprintf("%s, attacked by %s: taken for %s", label, name, classes[answers[chosen]])
		p, err := selftest.NewPicture(caption, examples[chosen].Pixels, in.Width, in.Height, in.Color)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, p)
	}
	return pictures, nil
}
