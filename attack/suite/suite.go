// Package suite attacks labeled faces, and counts what a classifier in use answers to the adversarial examples. The self-test's deep checks
// and the command attack share it.
package suite

import (
	"fmt"

	"github.com/maskwarden/maskwarden/attack"
)

// Attack is one attack at one strength. Run returns the attacked faces, as many values as faces.Pixels.
type Attack struct {
	Name string
	Run  func(net attack.Network, faces *attack.Faces) ([]float32, error)
}

// Example is an attacked face.
type Example struct {
	Face   int    // its number
	Pixels []byte // as a classifier takes them
}

// Examples attacks faces whose numbers are in index.
func (a Attack) Examples(net attack.Network, faces *attack.Faces, index []int) ([]Example, error) {
	images, err := a.Run(net, faces)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	size := len(images) / len(index)
	examples := make([]Example, len(index))
	for i, face := range index {
		examples[i] = Example{face, Bytes(images[i*size : (i+1)*size])}
	}
	return examples, nil
}

// AppendValues adds bytes as values in [0, 1].
func AppendValues(values []float32, pixels []byte) []float32 {
	for _, v := range pixels {
		values = append(values, float32(v)/255)
	}
	return values
}

// Bytes are those nearest to values in [0, 1].
func Bytes(values []float32) []byte {
	bytes := make([]byte, len(values))
	for i, v := range values {
		bytes[i] = byte(v*255 + 0.5)
	}
	return bytes
}
