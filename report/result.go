package report

import "time"

// What became of a command.
const (
	Accepted = "accepted"
	Refused  = "refused"
)

// CommandResult answers a command; schema in schema/result.json.
type CommandResult struct {
	Schema  string    `json:"schema"` // ResultSchema
	Time    time.Time `json:"time"`
	Command string    `json:"command"`
	ID      string    `json:"id,omitempty"` // as the command had it
	Result  string    `json:"result"`       // Accepted or Refused
	Reason  string    `json:"reason,omitempty"`
}

// Encode returns the answer as it leaves the camera: the time in UTC to the millisecond.
func (r CommandResult) Encode() ([]byte, error) {
	r.Schema, r.Time = ResultSchema, published(r.Time)
	r.ID, r.Reason = Clean(r.ID, MaxText), Clean(r.Reason, MaxLine)
	return encode(r, "the result of "+r.Command)
}
