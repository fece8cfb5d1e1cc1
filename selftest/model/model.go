// Package model has the checks of the model pack and of what runs it: that both are what was signed, and answer as they did when they
// were made.
package model

import (
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Model is what the checks ask.
type Model struct {
	Pack       *pack.Pack
	Open       func(dir string) (*pack.Pack, error) // as at the start: by a trusted key, and the pack that is meant
	Classifier Classifier                           // in use
	Smoother   Smoother                             // in use
	Runtime    Runtime                              // what runs the classifier
	Reference  Reference                            // what the classifier is compared with
	Finder     Finder                               // the face detector in use; nil: it cannot be asked
}

// Classifier classifies a batch of faces; tflite.Classifier and savedmodel.Classifier do.
type Classifier interface {
	Fill(i int, pixels []byte) error
	Run(n int) error
	Logits(i int) [frame.NumClasses]float32 // in the order of the manifest's classes
}

// Smoother smooths a picture; defense.Smoother does.
type Smoother interface {
	Apply(src gocv.Mat, dst *gocv.Mat) error
}

// Runtime names what runs a model; tflite.Classifier and savedmodel.Classifier do.
type Runtime interface {
	Backend() string
	Notes() []string // why delegates that were asked for are not in use
}

// Reference is the same model on TensorFlow Lite's own kernels.
type Reference struct {
	Open    func() (c Classifier, closeIt func(), err error)
	Name    string // for people: the CPU
	Hint    string // what to do when the classifier in use does not agree with it
	Missing string // why there is nothing to compare, "" where there is
}

// Answer is the place among the classes of the largest logit, of equal ones the first.
func Answer(logits [frame.NumClasses]float32) int {
	best := 0
	for k, v := range logits {
		if v > logits[best] {
			best = k
		}
	}
	return best
}
