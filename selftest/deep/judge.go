package deep

import (
	"errors"

	"github.com/maskwarden/maskwarden/selftest"
)

// judge asks the classifier in use for the labels, places among the manifest's classes, of faces, with the smoothing in use before it or
// without.
func (l *Lab) judge(faces [][]byte, smooth bool) (labels []int, err error) {
	in := l.Pack.Manifest.Input
	g := selftest.NewGlass(l.Smoother, in.Height, in.Width)
	defer func() { err = errors.Join(err, g.Close()) }()
	for i, face := range faces {
		if smooth {
			if face, err = g.Through(face); err != nil {
				return nil, err
			}
		}
		if err := l.Classifier.Fill(i, face); err != nil {
			return nil, err
		}
	}
	if err := l.Classifier.Run(len(faces)); err != nil {
		return nil, err
	}
	for i := range faces {
		labels = append(labels, selftest.Answer(l.Classifier.Logits(i)))
	}
	return labels, nil
}
