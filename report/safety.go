package report

import (
	"slices"
	"strings"

	"github.com/maskwarden/maskwarden/frame"
)

// SafetyFields are the fields of an event, by their JSON names, on which a reader who opens doors must be able to act. Each interface shows
// all of them: MQTT, Home Assistant, the page, the metrics and the commands.
func SafetyFields() []string {
	return []string{"label", "reason", "verified", "certified", "never_correct", "suspected", "suspicion", "recovered", "alarm"}
}

// Unverified is the kind of an event whose label must open no door.
const Unverified = "unverified"

// Kind is one word for what an event is: an alarm's name, Unverified, or the label. Only a decision that can be relied on has its label
// as its kind.
func (e *Event) Kind() string {
	switch {
	case e.Alarm != "":
		return e.Alarm
	case !e.Verified:
		return Unverified
	}
	return e.Label
}

// Notes are what a person who reads the label must know besides it, one text each.
func (e *Event) Notes() (notes []string) {
	note := func(shown bool, text string) {
		if shown {
			notes = append(notes, text)
		}
	}
	note(e.Alarm != "", "alarm: "+e.Alarm)
	note(e.Reason != "", e.Reason)
	note(!e.Verified, Unverified)
	note(e.Certified != "" && e.Certified != frame.NeverCorrect, e.Certified+" certified")
	note(e.NeverCorrect, "certified never correct")
	note(e.Suspected, "suspected: "+strings.Join(e.Suspicion, ", "))
	note(e.Recovered != "", "recovered: "+e.Recovered)
	return notes
}

// Labels are all labels of an event.
func Labels() []string { return []string{"correct", "incorrect", "none", "unknown"} }

// Guarantees are all that an event may be certified for: that no patch makes the answer correct, and the two for the label itself.
func Guarantees() []string {
	return []string{frame.NeverCorrect, frame.Detection.String(), frame.Recovery.String()}
}

// Alarms are all alarms of an event.
func Alarms() []string { return []string{"attack", "probing"} }

// Kinds are all kinds of events.
func Kinds() []string { return slices.Concat(Labels(), []string{Unverified}, Alarms()) }

// UnknownReasons are why a label is unknown: a quality that no face can be classified with, or what the votes or the health say.
func UnknownReasons() (reasons []string) {
	for q := frame.Good + 1; q < frame.NumQualities; q++ {
		reasons = append(reasons, q.String())
	}
	return append(reasons, "undecided", FailSafe)
}
