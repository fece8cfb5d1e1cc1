package suite

import (
	"slices"

	"github.com/maskwarden/maskwarden/attack"
)

// Outcome is what a classifier answered to examples, face by face.
type Outcome struct {
	Labels   []int                  // of the faces
	Answered [][attack.Classes]bool // for each face, every class that one of its examples was taken for
}

// NewOutcome joins examples with the classifier's answers to them.
func NewOutcome(labels []int, examples []Example, answers []int) Outcome {
	o := Outcome{labels, make([][attack.Classes]bool, len(labels))}
	for i, e := range examples {
		o.Answered[e.Face][answers[i]] = true
	}
	return o
}

// Union is the outcome of the examples of both. They are of the same faces.
func (o Outcome) Union(other Outcome) Outcome {
	u := Outcome{o.Labels, slices.Clone(o.Answered)}
	for i, answered := range other.Answered {
		for class, yes := range answered {
			u.Answered[i][class] = u.Answered[i][class] || yes
		}
	}
	return u
}

// Kept is how many faces were taken for nothing but their label.
func (o Outcome) Kept() (n int) {
	for i, label := range o.Labels {
		others := o.Answered[i]
		others[label] = false
		if others == [attack.Classes]bool{} {
			n++
		}
	}
	return n
}

// Accuracy is their share.
func (o Outcome) Accuracy() float64 { return float64(o.Kept()) / float64(len(o.Labels)) }

// Taken is how many faces of a label were taken for another class, and how many have the label.
func (o Outcome) Taken(from, to int) (taken, of int) {
	for i, label := range o.Labels {
		if label != from {
			continue
		}
		of++
		if o.Answered[i][to] {
			taken++
		}
	}
	return taken, of
}
