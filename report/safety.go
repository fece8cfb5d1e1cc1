package report

// SafetyFields are the fields of an event, by their JSON names, on which a reader who opens doors must be able to act. Each interface shows
// all of them: MQTT, Home Assistant, the page, the metrics and the commands.
func SafetyFields() []string {
	return []string{"label", "reason", "verified", "certified", "suspected", "suspicion", "recovered", "alarm"}
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

// Kinds are all kinds of events.
func Kinds() []string {
	return []string{"correct", "incorrect", "none", "unknown", Unverified, "attack", "probing"}
}

// UnknownReasons are why a label is unknown.
func UnknownReasons() []string {
	return []string{"too_small", "blurred", "turned_away", "undecided", FailSafe}
}
