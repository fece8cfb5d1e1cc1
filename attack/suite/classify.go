package suite

import (
	"fmt"

	"github.com/maskwarden/maskwarden/attack"
)

// Classifier is one in use. Logits are in the order of the pack's classes.
type Classifier interface {
	Fill(i int, pixels []byte) error
	Run(n int) error
	Logits(i int) [attack.Classes]float32
}

// Smooth returns a face behind the smoothing in use, valid until the next call.
type Smooth func(face []byte) ([]byte, error)

// batch is how many faces are classified at once, for memory.
const batch = 8

// Classify returns the classifier's answers to faces. With smooth they are smoothed before; nil: they are not.
func Classify(c Classifier, smooth Smooth, faces [][]byte) ([]int, error) {
	answers := make([]int, 0, len(faces))
	err := classify(c, smooth, faces, func(logits [attack.Classes]float32) {
		best := 0
		for k, z := range logits {
			if z > logits[best] {
				best = k
			}
		}
		answers = append(answers, best)
	})
	return answers, err
}

// classify calls answer with the logits of each face.
func classify(c Classifier, smooth Smooth, faces [][]byte, answer func(logits [attack.Classes]float32)) error {
	for from := 0; from < len(faces); from += batch {
		part := faces[from:min(from+batch, len(faces))]
		for i, face := range part {
			if smooth != nil {
				var err error
				if face, err = smooth(face); err != nil {
					return fmt.Errorf("smooth face %d: %w", from+i, err)
				}
			}
			if err := c.Fill(i, face); err != nil {
				return err
			}
		}
		if err := c.Run(len(part)); err != nil {
			return err
		}
		for i := range part {
			answer(c.Logits(i))
		}
	}
	return nil
}
