package frame

// Guarantee says what the masked views of one picture prove about square patches up to a stated size (PatchCleanser,
// Xiang et al. 2022, arXiv:2108.09135).
type Guarantee uint8

// Guarantees, each more than the one before.
const (
	Unproved  Guarantee = iota // nothing: views disagree or are not sure, or the check did not run
	Detection                  // a patch put on this picture leaves the answer, or is noticed: behind every single mask the answer is the same
	Recovery                   // and double masking still gives this answer: behind every pair of masks it is the same, too
)

// String returns the guarantee's name as it stands in events, empty for Unproved.
func (g Guarantee) String() string {
	switch g {
	case Detection:
		return "detection"
	case Recovery:
		return "recovery"
	default:
		return ""
	}
}

// NeverCorrect is the name, as it stands in events, of what Proof.NeverCorrect says.
const NeverCorrect = "never_correct"

// Suspicion is why a face is suspected: a set, empty where nothing is.
type Suspicion uint8

// Suspicions.
const (
	MasksDisagree  Suspicion = 1 << iota // behind some mask the answer is another
	SqueezeDiffers                       // a simplified picture gets other probabilities
)

// Names returns the suspicions as they stand in events, nil for none.
func (d Suspicion) Names() (names []string) {
	if d&MasksDisagree != 0 {
		names = append(names, "masks_disagree")
	}
	if d&SqueezeDiffers != 0 {
		names = append(names, "squeeze_differs")
	}
	return names
}

// Proof is what the defense found out about one face in one frame. The zero value says that the face was not certified.
type Proof struct {
	Checked   bool
	Label     Label     // the picture's answer; where masks disagree, the one that double masking recovered
	Certified Guarantee //
	// NeverCorrect says that no patch put on this picture makes the answer Correct: behind every mask, surely enough, and behind every
	// pair of masks the answer is another, though these need not be one and the same.
	NeverCorrect bool
	Area         float32   // largest patch that Certified and NeverCorrect hold for, as a share of the classifier's picture; 0 without
	Suspicion    Suspicion //
	Conflict     float32   // how sure both are, the picture and a masked view with another answer: the lesser probability; 0 where all agree
	Distance     float32   // largest L1 distance of the probabilities of the picture and its squeezed forms, 0 to 2
	Passes       int       // of the classifier
}

// Guarantee is the name of the strongest guarantee as it stands in events, empty without: one for the label, else NeverCorrect.
func (p *Proof) Guarantee() string {
	if p.Certified == Unproved && p.NeverCorrect {
		return NeverCorrect
	}
	return p.Certified.String()
}
