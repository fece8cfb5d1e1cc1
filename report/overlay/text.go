package overlay

import (
	"fmt"
	"strings"

	"github.com/maskwarden/maskwarden/frame"
)

// texts returns what a tag may say, the longest first; the last is empty: the sign alone.
func texts(f *frame.Face) [4]string {
	short := f.Label.String()
	if f.Track != 0 {
		short = fmt.Sprintf("P%d %s", f.Track, short)
	}
	middle := short
	if f.Label == frame.Unknown && f.Quality != frame.Good {
		middle += ": " + strings.ReplaceAll(f.Quality.String(), "_", " ")
	}
	sure := f.Belief
	if sure == (frame.Probabilities{}) { // a still picture: nobody has voted
		sure = f.Probs
	}
	if i := f.Label.Index(); i >= 0 && sure != (frame.Probabilities{}) {
		middle += fmt.Sprintf(" %.0f%%", 100*sure[i])
	}
	long := middle
	switch f.Votes {
	case 0:
	case 1:
		long += " 1 vote"
	default:
		long += fmt.Sprintf(" %d votes", f.Votes)
	}
	return [4]string{long, middle, short, ""}
}
