package report

import (
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
	data, err := JSON(message)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", what, err)
	}
	return data, nil
}

// Encode returns the event as it leaves the camera: probabilities rounded, the time in UTC to the millisecond.
func (e Event) Encode() ([]byte, error) {
	e.Schema = EventSchema
	e.Time = published(e.Time)
	e.Device, e.Camera, e.Model = Clean(e.Device, MaxText), Clean(e.Camera, MaxText), Clean(e.Model, MaxText)
	p := &e.Probabilities
	p.Correct, p.Incorrect, p.None = Round(p.Correct), Round(p.Incorrect), Round(p.None)
	e.CertifiedPatch = Round(e.CertifiedPatch)
	return encode(e, "event "+e.ID)
}

// Cleaned returns the state with texts that do nothing to who shows them, and of bounded length.
func (s State) Cleaned() State {
	for _, text := range []*string{&s.Device, &s.Instance, &s.Version, &s.Model} {
		*text = Clean(*text, MaxText)
	}
	s.Spool.Error, s.Spool.Loss = Clean(s.Spool.Error, MaxLine), Clean(s.Spool.Loss, MaxLine)
	s.Reasons = append([]string{}, s.Reasons...)
	for i, text := range s.Reasons {
		s.Reasons[i] = Clean(text, MaxLine)
	}
	s.Cameras = append([]Camera{}, s.Cameras...)
	for i := range s.Cameras {
		c := &s.Cameras[i]
		c.Name, c.Reason = Clean(c.Name, MaxText), Clean(c.Reason, maxFinding)
	}
	s.Health = s.Health.cleaned()
	return s
}

// Encode returns the state as it leaves the camera: times in UTC to the millisecond, empty lists instead of null, texts cleaned.
func (s State) Encode() ([]byte, error) {
	s = s.Cleaned()
	s.Schema = StateSchema
	s.Time = published(s.Time)
	s.Uptime = Round(s.Uptime)
	s.Health = s.Health.encode()
	for i := range s.Cameras {
		c := &s.Cameras[i]
		c.Since = published(c.Since)
		c.FPS = Round(c.FPS)
	}
	return encode(s, "state of "+s.Device)
}
