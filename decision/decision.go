package decision

import (
	"math"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// Undecided is why a label is unknown when the frames were good but did not agree.
const Undecided = "undecided"

// Decision is what the votes say of one person.
type Decision struct {
	Track   uint64
	Time    time.Time
	Label   frame.Label
	Reason  string                    // why the label is Unknown, otherwise empty
	Mean    [frame.NumClasses]float64 // posterior mean of each class: correct, incorrect, none; rounded to Voter.Round
	Votes   [frame.NumClasses]int     // frames whose most probable class it was
	Refused int                       // frames that could not be classified
	Box     frame.Box                 // where the person was last seen
	Proof   frame.Proof               // what the defense found in the deciding frame; Certified is for Label
	Alarm   Alarm                     // why it is reported although the label stands; NoAlarm for a decision
}

// Settle returns the label to report for a person whose votes say label, and the proof that holds for it. Where masked views of
// the deciding frame disagree, it is the safer of that label and the one that double masking recovered, in the order none,
// incorrect, correct. So a patch gains nothing by forcing correct, and a mask over what shows a class changes no safe label.
// A guarantee for another label than the reported one is dropped. NeverCorrect holds for every label but Correct.
func Settle(label frame.Label, proof frame.Proof) (frame.Label, frame.Proof) {
	if proof.Suspicion&frame.MasksDisagree != 0 {
		return max(label, proof.Label), proof
	}
	if proof.Label != label {
		proof.Certified = frame.Unproved
	}
	if label == frame.Correct {
		proof.NeverCorrect = false
	}
	if proof.Certified == frame.Unproved && !proof.NeverCorrect {
		proof.Area = 0
	}
	return label, proof
}

// toStep rounds to the nearest multiple of a step; 0 leaves x as it is.
func toStep(x, step float64) float64 {
	if step <= 0 {
		return x
	}
	return math.Round(x/step) * step
}
