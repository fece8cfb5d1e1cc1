package page

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// Check is one condition of health: Run returns nil, or what is wrong as an error.
type Check struct {
	Name string
	Run  func() error
}

const (
	livezPath  = "/livez"
	readyzPath = "/readyz"
)

// health is the answer of /livez and /readyz.
type health struct {
	Status string `json:"status"` // ok or failed
	*details
}

// details are for those who may see the page.
type details struct {
	Device   string            `json:"device"`
	Version  string            `json:"version"`
	Instance string            `json:"instance"`
	Uptime   float64           `json:"uptime_seconds"`
	Checks   map[string]string `json:"checks"` // ok, or what is wrong
}

// livez reports whether the daemon moves; it also asks for the state, which a stuck daemon cannot give.
func (s *Server) livez(w http.ResponseWriter, _ *http.Request) { answer(w, s.Live, s.details()) }

// readyz reports whether the daemon does its job.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) { answer(w, s.Ready, s.details()) }

func (s *Server) details() *details {
	return &details{
		Device: s.Device, Version: s.Version, Instance: s.State().Instance,
		Uptime: time.Since(s.started).Round(time.Millisecond).Seconds(), Checks: map[string]string{},
	}
}

func answer(w http.ResponseWriter, checks []Check, d *details) {
	h, code := health{"ok", d}, http.StatusOK
	for _, c := range checks {
		result := "ok"
		if err := c.Run(); err != nil {
			result, h.Status, code = report.Clean(err.Error(), report.MaxLine), "failed", http.StatusServiceUnavailable
		}
		if d != nil {
			d.Checks[c.Name] = result
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(h) // a client that left does not matter
}

// state answers with the daemon's state as it stands on MQTT.
func (s *Server) state(w http.ResponseWriter, _ *http.Request) {
	data, err := s.State().Encode()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(data, '\n'))
}
