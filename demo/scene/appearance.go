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

// placement is where a mask sits.
type placement uint8

const (
	unmasked  placement = iota // no mask
	proper                     // from the bridge of the nose to under the chin
	underNose                  // mouth and chin covered, nose uncovered
	onChin                     // pulled down
	onMouth                    // nose and chin uncovered
)

// label is the truth about a mask that sits so.
func (p placement) label() frame.Label {
	switch p {
	case unmasked:
		return frame.None
	case proper:
		return frame.Correct
	default:
		return frame.Incorrect
	}
}

// appearance is one way in which a face can appear.
type appearance struct {
	kind      kind
	placement placement
}

// appearances lists every appearance that is drawn. A respirator is too stiff to cover the mouth alone.
func appearances() []appearance {
	all := []appearance{{placement: unmasked}}
	for k := range kind(numKinds) {
		for _, w := range []placement{proper, underNose, onChin, onMouth} {
			if k != respirator || w != onMouth {
				all = append(all, appearance{k, w})
			}
		}
	}
	return all
}
