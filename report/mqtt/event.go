package mqtt

import (
	"bytes"
	"fmt"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/maskwarden/maskwarden/report/outbox"
)

// sending is an event on its way.
type sending struct {
	entry outbox.Entry
	token paho.Token
	since time.Time
}

// proof is whether events arrive. A broker that denies the right to write acknowledges an event and drops it, so nothing but an event that
// comes back shows that they do. Until one did on this connection, events stay in the outbox.
type proof struct {
	done  bool
	since time.Time // the first event was published
	late  bool      // none came back in time
	held  []outbox.Entry
}

// settled says that no event waits for being seen to come back.
func (p *proof) settled() bool { return len(p.held) == 0 || p.late }

// publishEvents removes from the outbox what the broker has acknowledged, and fills the window. It returns what the next acknowledgement
// comes on, nil when nothing is on its way.
func (s *session) publishEvents() (next <-chan struct{}, err error) {
	for len(s.way) > 0 {
		first := &s.way[0]
		select {
		case <-first.token.Done():
		default:
			if time.Since(first.since) > s.patience() {
				return nil, errNoAnswer
			}
			s.fill()
			return first.token.Done(), nil
		}
		if err := first.token.Error(); err != nil {
			return nil, fmt.Errorf("publish: %w", err)
		}
		s.arrived(first.entry)
		s.way = s.way[1:]
	}
	if s.fill(); len(s.way) > 0 {
		return s.way[0].token.Done(), nil
	}
	return nil, nil
}

// fill publishes events until the window is full.
func (s *session) fill() {
	for _, e := range s.Outbox.Take(window - len(s.way)) {
		now := time.Now()
		if s.proof.since.IsZero() {
			s.proof.since = now
		}
		s.way = append(s.way, sending{e, s.client.Publish(s.topics.event(), 1, false, e.Payload), now})
	}
}

// arrived takes an event that the broker has acknowledged.
func (s *session) arrived(e outbox.Entry) {
	if s.proof.done {
		s.Outbox.Ack(e)
		return
	}
	s.proof.held = append(s.proof.held, e)
}

// cameBack looks whether a message on the topic of events is one of those that were published.
func (s *session) cameBack(payload []byte) {
	p := &s.proof
	if p.done {
		return
	}
	for i := range s.way {
		p.done = p.done || bytes.Equal(s.way[i].entry.Payload, payload)
	}
	for _, e := range p.held {
		p.done = p.done || bytes.Equal(e.Payload, payload)
	}
	if !p.done {
		return
	}
	s.client.Unsubscribe(s.topics.event()) // a broker that goes on sending them does no harm
	s.denials = 0
	if p.late { // those before it may have been dropped: they are sent again
		s.Outbox.Rewind()
		s.changed(true, s.problem())
	} else {
		for _, e := range p.held {
			s.Outbox.Ack(e)
		}
	}
	p.held = nil
}

// overdue is when an event should have come back, nil where none is awaited.
func (s *session) overdue() <-chan time.Time {
	if p := &s.proof; p.done || p.late || p.since.IsZero() {
		return nil
	}
	return time.After(time.Until(s.proof.since.Add(s.Timeout)))
}

// denied notes that none came back.
func (s *session) denied() {
	s.proof.late = true
	s.changed(true, s.problem())
}

// problem says what is wrong with a connection that stands, empty when nothing is.
func (s *session) problem() string {
	switch duplicate := s.duplicates.reason(s.Device); {
	case duplicate != "":
		return duplicate
	case s.refused != "":
		return fmt.Sprintf("the broker refuses the subscription to %s: allow this user to read it", s.refused)
	case s.proof.late && !s.proof.done:
		return fmt.Sprintf("the broker takes events on %s, and gives none back: allow this user to write and to read there; events are kept until then",
			s.topics.event())
	}
	return ""
}
