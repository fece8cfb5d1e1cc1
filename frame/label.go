package frame

import "fmt"

// Label says how a person wears a mask.
type Label uint8

// Labels. The zero value is Unknown: no guess was made.
const (
	Unknown Label = iota
	Correct
	Incorrect
	None
)

// NumClasses is the number of labels that a classifier can give: correct, incorrect, none, in this order.
const NumClasses = 3

// Class returns the label of class i, 0 <= i < NumClasses.
func Class(i int) Label { return Correct + Label(i) }

// Index returns the place of the label among the classes, or -1 for Unknown.
func (l Label) Index() int { return int(l) - int(Correct) }

// String returns the label's name as it stands in manifests, events and folders.
func (l Label) String() string {
	switch l {
	case Correct:
		return "correct"
	case Incorrect:
		return "incorrect"
	case None:
		return "none"
	default:
		return "unknown"
	}
}

// ParseLabel is the inverse of String.
func ParseLabel(s string) (Label, error) {
	for _, l := range [...]Label{Correct, Incorrect, None, Unknown} {
		if l.String() == s {
			return l, nil
		}
	}
	return Unknown, fmt.Errorf("label %q: want correct, incorrect, none or unknown", s)
}

// Probabilities holds one probability a class, in the order correct, incorrect, none.
type Probabilities [NumClasses]float32

// Best returns the most probable class and its probability.
func (p Probabilities) Best() (Label, float32) {
	best := 0
	for i := range p {
		if p[i] > p[best] {
			best = i
		}
	}
	return Class(best), p[best]
}
