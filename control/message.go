// Package control lets commands speak with a running daemon over its control socket: one JSON object a line (ndjson.org),
// a request and then its replies.
package control

import (
	"encoding/json"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// Version of the protocol, in every request and reply; a change of meaning changes it.
const Version = 1

// Commands.
const (
	StatusCommand   = "status"   // one reply: the state
	SelfTestCommand = "selftest" // a reply with the names of the checks, one for each result, and one with the verdict
)

const (
	maxRequest = 4096             // bytes of a request
	maxReply   = 1 << 20          // bytes of a reply
	patience   = 10 * time.Second // for the other side to take or give a line
)

// request is a line from a command.
type request struct {
	Version int    `json:"version"`
	Command string `json:"command"`
}

// reply is a line from the daemon; beside the version it has one part.
type reply struct {
	Version int              `json:"version"`
	State   json.RawMessage  `json:"state,omitempty"`   // report.State
	Checks  []string         `json:"checks,omitempty"`  // names of the checks that will run, in their order
	Check   *selftest.Result `json:"check,omitempty"`   // a result, as soon as there is one
	Verdict string           `json:"verdict,omitempty"` // pass, degraded or fail; the last reply
	Error   string           `json:"error,omitempty"`   // why there is no answer; the last reply
}
