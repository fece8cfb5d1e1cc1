package report

// Defense is what the defense found in the deciding frame; in JSON its fields are the event's own.
type Defense struct {
	Certified      string   `json:"certified"`           // one of Guarantees, or empty: no guarantee
	CertifiedPatch float64  `json:"certified_patch"`     // largest patch it holds for, as a share of the face's picture; 0 without
	NeverCorrect   bool     `json:"never_correct"`       // no such patch makes the answer correct; also beside a guarantee for the label
	Suspected      bool     `json:"suspected"`           //
	Suspicion      []string `json:"suspicion,omitempty"` // why: masks_disagree, squeeze_differs
	Recovered      string   `json:"recovered,omitempty"` // label that double masking recovered, where masks disagree
	Alarm          string   `json:"alarm,omitempty"`     // attack or probing: the decision stands, and the alarm is reported with it
}
