package report

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Subjects of reasons. A camera's is CameraSubject.
const (
	SelfTestSubject = "self-test"
	BrokerSubject   = "mqtt"
	SpoolSubject    = "spool"
	HTTPSubject     = "http"
	ControlSubject  = "control"
	StateDirSubject = "state_dir"
	PackSubject     = "pack"
)

// CameraSubject is the subject of reasons about a camera.
func CameraSubject(name string) string { return "camera " + name }

// Reason is one thing that degrades the unit: what was found, and what to do about it.
type Reason struct {
	Subject  string    `json:"subject"`            // what it is about: self-test, mqtt, spool, http, control, state_dir, pack or "camera NAME"
	Check    string    `json:"check,omitempty"`    // the self-test check that found it; empty for other subjects
	Finding  string    `json:"finding"`            // text, with the value and its limit where one was missed
	Quantity string    `json:"quantity,omitempty"` // what Value is: brightness; empty where nothing was measured
	Value    float64   `json:"value"`              // in Unit
	Limit    float64   `json:"limit"`              // in Unit
	Bound    string    `json:"bound,omitempty"`    // at_least or at_most: how Value should compare with Limit; empty: there is no limit
	Unit     string    `json:"unit,omitempty"`
	Hint     string    `json:"hint,omitempty"` // what to do about it
	Since    time.Time `json:"since"`          // when it was first found
}

// How much of a reason leaves the unit, in bytes: as String it fits into MaxLine, and a state with two of each of eight cameras into 64 KiB, which is
// what the daemon reads of its own state.
const (
	maxFinding = 768
	maxHint    = 512
	maxReasons = 64 << 10 // all of them as one text
)

// cleaned returns the reason with texts as State.Cleaned has them.
func (r Reason) cleaned() Reason {
	for _, text := range []*string{&r.Subject, &r.Check, &r.Quantity, &r.Unit, &r.Bound} {
		*text = Clean(*text, MaxText)
	}
	r.Finding, r.Hint = Lines(r.Finding, maxFinding), Lines(r.Hint, maxHint)
	return r
}

// String returns the reason as one line of text for people. Programs read the fields.
func (r Reason) String() string {
	r = r.cleaned()
	text := r.Subject
	if r.Check != "" {
		text += " " + r.Check
	}
	text += ": " + r.Finding
	if r.Hint != "" {
		text += "; " + r.Hint
	}
	return strings.NewReplacer("\n", ", ", "\t", " ").Replace(text)
}

// SortReasons puts reasons into their published order: by subject, then by check.
func SortReasons(reasons []Reason) {
	slices.SortFunc(reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Check, b.Check))
	})
}

// Texts returns each reason as text, an empty list for none.
func Texts(reasons []Reason) []string {
	texts := make([]string, len(reasons))
	for i, r := range reasons {
		texts[i] = r.String()
	}
	return texts
}
