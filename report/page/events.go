package page

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// status is what the page gets every second.
type status struct {
	State     json.RawMessage    `json:"state"`
	Connected *bool              `json:"broker_connected,omitempty"` // absent when there is no broker
	SelfTest  bool               `json:"selftest"`                   // can be asked for
	Stages    map[string][]stage `json:"stages"`                     // by camera
	Decisions map[string]tally   `json:"decisions"`                  // by label
}

// events sends server-sent events (WHATWG HTML, 9.2): "state" at once and every second, "decision" for each decision,
// beginning with the recent ones.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	if !s.take(w, r) {
		return
	}
	defer s.release(r)
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(kind string, data []byte) error {
		if err := out.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, data); err != nil {
			return err
		}
		return out.Flush()
	}
	news := s.decisions.join()
	defer s.decisions.leave(news)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		data, err := s.status()
		if err != nil {
			s.Logger.Error("the page gets no state", "error", err)
			return
		}
		if send("state", data) != nil {
			return
		}
		for waiting := true; waiting; {
			select {
			case decision, ok := <-news:
				if !ok || send("decision", decision) != nil {
					return
				}
			case <-second.C:
				waiting = false
			case <-s.done:
				return
			case <-r.Context().Done():
				return
			}
		}
	}
}

func (s *Server) status() ([]byte, error) {
	state, err := s.State().Encode()
	if err != nil {
		return nil, err
	}
	v := status{State: state, SelfTest: s.SelfTest != nil && s.Token != "", Stages: map[string][]stage{}, Decisions: s.decisions.tallies(time.Now())}
	if s.Connected != nil {
		ok := s.Connected()
		v.Connected = &ok
	}
	s.mu.RLock()
	views := maps.Clone(s.views)
	s.mu.RUnlock()
	for name, view := range views {
		v.Stages[name] = view.stages()
	}
	return report.JSON(v)
}
