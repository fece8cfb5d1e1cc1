// Package report holds what leaves the camera: events, states and their published schemas.
package report

import "time"

// Probabilities of the three classes, rounded before they leave the camera, so that they tell an attacker little.
type Probabilities struct {
	Correct   float64 `json:"correct"`
	Incorrect float64 `json:"incorrect"`
	None      float64 `json:"none"`
}

// Votes counts the frames that voted for each label.
type Votes struct {
	Correct   int `json:"correct"`
	Incorrect int `json:"incorrect"`
	None      int `json:"none"`
	Unknown   int `json:"unknown"`
}

// Event is one decision about one person; schema in schema/event.json.
type Event struct {
	Schema        string        `json:"schema"` // EventSchema
	ID            string        `json:"id"`     // device, daemon instance and number: unique, to notice a second copy
	Seq           uint64        `json:"seq"`    // counts the unit's events, over restarts; a gap means that events were lost
	Time          time.Time     `json:"time"`
	Clock         string        `json:"clock,omitempty"`    // ClockUnset while Time cannot be relied on
	Unstored      bool          `json:"unstored,omitempty"` // the disk did not take it: a power cut could lose it
	Device        string        `json:"device"`
	Camera        string        `json:"camera"`
	Track         uint64        `json:"track"`
	Label         string        `json:"label"`            // correct, incorrect, none or unknown
	Reason        string        `json:"reason,omitempty"` // why the label is unknown, one of UnknownReasons
	Verified      bool          `json:"verified"`         // false while the daemon's health is degraded or fail_safe
	Probabilities Probabilities `json:"probabilities"`
	Votes         Votes         `json:"votes"`
	Box           [4]int        `json:"box"`     // x0, y0, x1, y1 in pixels of the picture
	Picture       [2]int        `json:"picture"` // width, height in pixels
	Model         string        `json:"model"`   // name@version:first 8 hex digits of the sha256
	Defense
}

// Schemas that Event, State, Loss and CommandResult carry; a change of meaning changes the number.
const (
	EventSchema  = "maskwarden.event/1"
	StateSchema  = "maskwarden.state/1"
	LossSchema   = "maskwarden.loss/1"
	ResultSchema = "maskwarden.result/1"
)

// ClockUnset is an event's clock on a unit without a clock chip, until something has set the time.
const ClockUnset = "unset"

// Status of a daemon or a camera.
const (
	Starting = "starting" // no frame processed yet
	OK       = "ok"
	Degraded = "degraded" // runs, but with a problem: see the reasons
	Lost     = "lost"     // a camera that gives no frames; it is being reconnected
)

// Camera is the state of one camera.
type Camera struct {
	Name    string    `json:"name"`
	Status  string    `json:"status"`           // starting, ok or lost
	Reason  string    `json:"reason,omitempty"` // why it is not ok
	Since   time.Time `json:"since"`            // when the status began
	FPS     float64   `json:"fps"`              // frames processed a second, over the last seconds; 0 while lost
	Frames  uint64    `json:"frames"`           // frames processed
	Dropped uint64    `json:"dropped"`          // frames dropped because the pipeline was busy
	Damaged uint64    `json:"damaged"`          // pictures that came damaged, and were not judged
	Width   int       `json:"width"`
	Height  int       `json:"height"`
	People  int       `json:"people"` // tracks in the last frame; 0 while lost
}

// Spool is the state of the outbox towards the broker.
type Spool struct {
	Queued  int    `json:"queued"`          // events waiting for the broker's acknowledgement
	Dropped uint64 `json:"dropped"`         // events lost since the outbox was first made
	Error   string `json:"error,omitempty"` // why events are held in memory only
	Loss    string `json:"loss,omitempty"`  // what became of events that were lost lately, or of the outbox itself
}

// Problem says what is wrong with the outbox, empty when nothing is.
func (s *Spool) Problem() string {
	if s.Error != "" && s.Loss != "" {
		return s.Error + ", and " + s.Loss
	}
	return s.Error + s.Loss
}

// State is the daemon's state; schema in schema/state.json. It is published on every change, at most once a second, and once a
// minute.
type State struct {
	Schema   string    `json:"schema"` // StateSchema
	Time     time.Time `json:"time"`
	Device   string    `json:"device"`
	Instance string    `json:"instance"` // changes with every start of the daemon
	Version  string    `json:"version"`
	Status   string    `json:"status"`  // starting, ok or degraded
	Reasons  []string  `json:"reasons"` // why it is degraded; empty otherwise
	Uptime   float64   `json:"uptime_seconds"`
	Model    string    `json:"model"`
	Cameras  []Camera  `json:"cameras"`
	Spool    Spool     `json:"spool"`
	Health   Health    `json:"health"`
}
