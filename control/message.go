// Package control lets commands talk to a running daemon over its control socket: one JSON object a line (ndjson.org),
// a request and then its replies.
package control

import (
	"encoding/json"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// Version of the protocol, in every request and reply; a change of meaning changes it.
const Version = 2

// Commands.
const (
	StatusCommand   = "status"   // one reply: the state
	SelfTestCommand = "selftest" // a reply with the names of the checks, one for each result, and one with the outcome
)

const (
	maxRequest = 4096             // bytes of a request
	maxReply   = 1 << 20          // bytes of a reply
	patience   = 10 * time.Second // for the other side to take or give a line
)

// Outcome is a full self-test that has ended, as the daemon sums it up: a client prints it and counts nothing itself.
type Outcome struct {
	Seed uint64 `json:"seed"` // of all that was drawn at random: the same seed asks the same questions
	selftest.Summary
}

// request is a line from a command.
type request struct {
	Version int    `json:"version"`
	Command string `json:"command"`
}

// reply is a line from the daemon; next to the version it has one part.
type reply struct {
	Version int              `json:"version"`
	State   json.RawMessage  `json:"state,omitempty"`   // report.State
	Checks  []string         `json:"checks,omitempty"`  // names of the checks that will run, in their order
	Check   *selftest.Result `json:"check,omitempty"`   // a result, as soon as there is one
	Outcome *Outcome         `json:"outcome,omitempty"` // the last reply to a self-test
	Error   string           `json:"error,omitempty"`   // why there is no answer; the last reply
}
