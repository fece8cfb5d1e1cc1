package page

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

const (
	kept    = 50  // decisions that a page gets when it opens
	backlog = 128 // decisions that may wait for a client before it is dropped
)

// Decision is an event with what a synthetic or labeled camera knows to be true; Truth is empty for a real camera.
type Decision struct {
	Event report.Event
	Truth string
}

// message is a decision as pages get it.
type message struct {
	Event json.RawMessage `json:"event"`
	Truth string          `json:"truth,omitempty"`
}

// decisions counts decisions and passes them to the open pages.
type decisions struct {
	mu      sync.Mutex
	recent  [][]byte // oldest first
	counts  [frame.None + 1]counter
	clients map[chan []byte]struct{}
}

// tally is what the page shows of one label.
type tally struct {
	Total     uint64 `json:"total"`
	PerMinute int    `json:"per_minute"` // in the last 60 seconds
}

func (d *decisions) init() { d.clients = map[chan []byte]struct{}{} }

// Event counts a decision and shows it on the open pages. A page that does not keep up is dropped; it comes back by itself.
func (s *Server) Event(e Decision) {
	event, err := e.Event.Encode()
	if err != nil {
		s.Logger.Error("a decision is missing on the page", "error", err)
		return
	}
	data, err := report.JSON(message{event, e.Truth})
	if err != nil {
		s.Logger.Error("a decision is missing on the page", "error", err)
		return
	}
	label, err := frame.ParseLabel(e.Event.Label)
	if err != nil {
		label = frame.Unknown
	}
	s.decisions.add(label, e.Event.Alarm == "", data, time.Now())
}

// add keeps an event and passes it on; counted says that it is a decision, and not an alarm about one.
func (d *decisions) add(label frame.Label, counted bool, data []byte, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if counted {
		d.counts[label].add(now)
	}
	if len(d.recent) == kept {
		d.recent = append(d.recent[:0], d.recent[1:]...)
	}
	d.recent = append(d.recent, data)
	for ch := range d.clients {
		select {
		case ch <- data:
		default:
			delete(d.clients, ch)
			close(ch)
		}
	}
}

// join returns a channel that first holds the recent decisions; it is closed when the client is too slow.
func (d *decisions) join() chan []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	ch := make(chan []byte, kept+backlog)
	for _, data := range d.recent {
		ch <- data
	}
	d.clients[ch] = struct{}{}
	return ch
}

func (d *decisions) leave(ch chan []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.clients, ch)
}

func (d *decisions) tallies(now time.Time) map[string]tally {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string]tally{}
	for i := range d.counts {
		all[frame.Label(i).String()] = tally{d.counts[i].total, d.counts[i].lastMinute(now)}
	}
	return all
}
