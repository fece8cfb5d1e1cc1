package mqtt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/maskwarden/maskwarden/report"
)

const (
	burst    = 5                // commands that may come at once
	refill   = 10 * time.Second // for one more
	maxID    = 64               // bytes of a command's id
	logPause = time.Minute      // between two lines about commands, or about other daemons
)

// bucket lets a few things happen at once, and then one in each interval.
type bucket struct {
	mu    sync.Mutex
	left  float64
	since time.Time
}

func (b *bucket) take(now time.Time, most float64, interval time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.since.IsZero() {
		b.left = most
	} else {
		b.left = min(most, b.left+float64(max(0, now.Sub(b.since)))/float64(interval))
	}
	b.since = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// commandID reads a command's payload: nothing, PRESS as Home Assistant's button sends it, or {"id": "…"}.
func commandID(payload []byte) (string, error) {
	text := bytes.TrimSpace(payload)
	if len(text) == 0 || string(text) == "PRESS" {
		return "", nil
	}
	var c struct {
		ID string `json:"id"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if text[0] != '{' || d.Decode(&c) != nil || d.More() {
		return "", errors.New(`want nothing, PRESS or {"id": "…"}`)
	}
	if len(c.ID) > maxID || report.Clean(c.ID, maxID) != c.ID {
		return "", fmt.Errorf("want an id of at most %d printable bytes", maxID)
	}
	return c.ID, nil
}

// command does what a message on the command topics asks for. A retained one was meant for somebody before. It must not wait: the client
// reads nothing meanwhile.
func (s *session) command(m paho.Message) {
	name := strings.TrimPrefix(m.Topic(), s.topics.command(""))
	known := name == "state" || name == "selftest" && s.OnSelfTest != nil
	result := report.CommandResult{Time: time.Now(), Command: name, Result: report.Refused}
	id, err := commandID(m.Payload())
	switch {
	case m.Retained():
		s.notice("a retained command is ignored; publish commands without retain", "topic", m.Topic())
		return
	case !known:
		s.notice("an unknown command is ignored, want cmd/state or cmd/selftest", "topic", m.Topic())
		return
	case !s.rate.take(result.Time, burst, refill):
		result.Reason = fmt.Sprintf("too many commands: one in %.0f s is taken", refill.Seconds())
	case err != nil:
		result.Reason = err.Error()
	default:
		result.Result, result.ID = report.Accepted, id
		if name == "state" {
			s.refresh()
		} else {
			s.OnSelfTest()
		}
	}
	s.notice("command", "topic", m.Topic(), "result", result.Result, "reason", result.Reason)
	offer(s.results, result) // when so many come that there is no room, answers no longer matter
}

// notice logs what others cause, at most once a minute each, so that they cannot fill the log.
func (p *Publisher) notice(text string, attributes ...any) {
	p.noticeMu.Lock()
	defer p.noticeMu.Unlock()
	now := time.Now()
	if last, ok := p.noticed[text]; ok && now.Sub(last) < logPause {
		return
	}
	if p.noticed == nil {
		p.noticed = map[string]time.Time{}
	}
	p.noticed[text] = now
	for i, a := range attributes {
		if s, ok := a.(string); ok {
			attributes[i] = report.Clean(s, report.MaxText)
		}
	}
	p.Logger.Warn(text, attributes...)
}

// answer publishes what became of a command. Nobody waits for its acknowledgement.
func (s *session) answer(r report.CommandResult) {
	payload, err := r.Encode()
	if err != nil {
		s.Logger.Error("a command is not answered", "error", err)
		return
	}
	s.client.Publish(s.topics.command(r.Command)+"/result", 1, false, payload)
}
