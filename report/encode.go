package report

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Round returns a probability, ratio or rate rounded to two decimals; what is not a finite number becomes 0.
func Round(x float64) float64 {
	return math.Round(finite(x)*100) / 100
}

// finite puts 0 in place of what is not a finite number, which JSON has no word for.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// published is a time as it leaves the camera: in UTC, to the millisecond.
func published(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// encode returns a message as JSON; what names it in the error.
func encode(message any, what string) ([]byte, error) {
	data, err := json.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", what, err)
	}
	return data, nil
}

// Encode returns the event as it leaves the camera: probabilities rounded, the time in UTC to the millisecond.
func (e Event) Encode() ([]byte, error) {
	e.Schema = EventSchema
	e.Time = published(e.Time)
	p := &e.Probabilities
	p.Correct, p.Incorrect, p.None = Round(p.Correct), Round(p.Incorrect), Round(p.None)
	e.CertifiedPatch = Round(e.CertifiedPatch)
	return encode(e, "event "+e.ID)
}

// Encode returns the state as it leaves the camera: times in UTC to the millisecond, empty lists instead of null.
func (s State) Encode() ([]byte, error) {
	s.Schema = StateSchema
	s.Time = published(s.Time)
	s.Uptime = Round(s.Uptime)
	s.Health = s.Health.encode()
	s.Reasons = append([]string{}, s.Reasons...)
	s.Cameras = append([]Camera{}, s.Cameras...)
	for i := range s.Cameras {
		c := &s.Cameras[i]
		c.Since = published(c.Since)
		c.FPS = Round(c.FPS)
	}
	return encode(s, "state of "+s.Device)
}
