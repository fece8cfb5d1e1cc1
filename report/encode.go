package report

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Round returns a probability, ratio or rate rounded to two decimals; what is not a finite number becomes 0.
func Round(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*100) / 100
}

// Encode returns the event as it leaves the camera: probabilities rounded, the time in UTC to the millisecond.
func (e Event) Encode() ([]byte, error) {
	e.Schema = EventSchema
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	p := &e.Probabilities
	p.Correct, p.Incorrect, p.None = Round(p.Correct), Round(p.Incorrect), Round(p.None)
	e.CertifiedPatch = Round(e.CertifiedPatch)
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return data, nil
}

// Encode returns the state as it leaves the camera: times in UTC to the millisecond, empty lists instead of null.
func (s State) Encode() ([]byte, error) {
	s.Schema = StateSchema
	s.Time = s.Time.UTC().Truncate(time.Millisecond)
	s.Uptime = Round(s.Uptime)
	s.Health = s.Health.encode()
	s.Reasons = append([]string{}, s.Reasons...)
	s.Cameras = append([]Camera{}, s.Cameras...)
	for i := range s.Cameras {
		c := &s.Cameras[i]
		c.Since = c.Since.UTC().Truncate(time.Millisecond)
		c.FPS = Round(c.FPS)
	}
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode state of %s: %w", s.Device, err)
	}
	return data, nil
}
