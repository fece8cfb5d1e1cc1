package scene

import "github.com/maskwarden/maskwarden/frame"

// kind is what a mask is made as.
type kind uint8

const (
	surgical   kind = iota // pleated, light blue, white or green
	cloth                  // one seam, plain or patterned
	respirator             // a white N95 dome with a valve
	numKinds   = iota
)

// wear is where a mask sits.
type wear uint8

const (
	bare      wear = iota // no mask
	proper                // from the bridge of the nose to under the chin
	underNose             // mouth and chin covered, nose bare
	onChin                // pulled down
	onMouth               // nose and chin bare
)

// label is the truth about a mask that sits so.
func (w wear) label() frame.Label {
	switch w {
	case bare:
		return frame.None
	case proper:
		return frame.Correct
	default:
		return frame.Incorrect
	}
}

// look is one way in which a face can appear.
type look struct {
	kind kind
	wear wear
}

// looks lists every look that is drawn. A respirator is too stiff to cover the mouth alone.
func looks() []look {
	all := []look{{wear: bare}}
	for k := range kind(numKinds) {
		for _, w := range []wear{proper, underNose, onChin, onMouth} {
			if k != respirator || w != onMouth {
				all = append(all, look{k, w})
			}
		}
	}
	return all
}
