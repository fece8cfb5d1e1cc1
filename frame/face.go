package frame

// Quality says whether a face can be classified at all.
type Quality uint8

// Qualities. Anything but Good leaves the face's label Unknown.
const (
	Good Quality = iota
	TooSmall
	TooDark // or too flat
	Blurred
	TurnedAway
)

// NumQualities is the number of qualities.
const NumQualities = TurnedAway + 1

// String returns the quality's name as it stands in events and metrics.
func (q Quality) String() string {
	switch q {
	case Good:
		return "good"
	case TooSmall:
		return "too_small"
	case TooDark:
		return "too_dark"
	case Blurred:
		return "blurred"
	case TurnedAway:
		return "turned_away"
	default:
		return "invalid"
	}
}

// Face is one face in one frame. Each stage fills the fields of its own line.
type Face struct {
	Box       Box      // face: detected box, pixels of the frame
	Score     float32  // face: detector's confidence, 0 to 1
	Landmarks [5]Point // face: right eye, left eye, nose, right and left corner of the mouth, as seen in the picture from left to right
	Track     uint64   // face: the person's number on this camera, 0 until tracked
	Quality   Quality  // face: whether it can be classified; of a carried face, as it was last graded
	Fresh     bool     // face: detected in this very frame, not carried by the tracker

	Probs  Probabilities // tflite: zero when the face was not classified; of a carried face, as it was last graded
	Label  Label         // decision: what the person's votes say so far
	Belief Probabilities // decision: how sure they are of each class; all zero without votes
	Votes  uint32        // decision: how many frames have voted
	Proof  Proof         // defense: zero when this face was not certified in this frame
}
