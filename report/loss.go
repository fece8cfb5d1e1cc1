package report

import "time"

// Loss tells readers that events were lost; schema in schema/loss.json.
type Loss struct {
	Schema   string    `json:"schema"` // LossSchema
	Time     time.Time `json:"time"`   // when this was said
	Device   string    `json:"device"`
	Instance string    `json:"instance"` // changes with every start of the daemon
	Lost     uint64    `json:"lost"`     // events that no message reported before
	Total    uint64    `json:"total"`    // since the outbox was first made
	Reason   string    `json:"reason"`   // why the last of them were lost
}

// Encode returns the message as it leaves the camera: the time in UTC to the millisecond.
func (l Loss) Encode() ([]byte, error) {
	l.Schema, l.Time, l.Device, l.Reason = LossSchema, published(l.Time), Clean(l.Device, MaxText), Clean(l.Reason, MaxLine)
	return encode(l, "the loss of events of "+l.Device)
}
