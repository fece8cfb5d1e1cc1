package suite

import (
	"errors"

	"github.com/maskwarden/maskwarden/attack"
)

// blackBox is the classifier in use as an attacker sees it: answers to pictures of bytes, behind the smoothing, and no gradients.
type blackBox struct {
	classifier Classifier
	smooth     Smooth // nil: no smoothing
	size       int    // values of an image
}

func (b *blackBox) Logits(images, logits []float32) error {
	faces := make([][]byte, len(images)/b.size)
	for i := range faces {
		faces[i] = Bytes(images[i*b.size : (i+1)*b.size])
	}
	next := 0
	return classify(b.classifier, b.smooth, faces, func(z [attack.Classes]float32) {
		next += copy(logits[next:], z[:])
	})
}

func (*blackBox) Gradient(_, _, _ []float32) error {
	return errors.New("a black box has no gradients")
}
