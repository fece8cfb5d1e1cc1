package daemon

import (
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
)

// temper holds what a frame led to against the state of health: until the first self-test has ended no decision leaves, and
// in the fail-safe state every label is unknown. When that begins or ends the votes are forgotten, so that nobody is judged
// by answers of another time, and who is still there is told of anew.
func (c *camera) temper(f *frame.Frame, made []decision.Decision) []decision.Decision {
	state := c.health.State()
	trusted := state == health.Operational || state == health.Degraded
	c.verified = state == health.Operational
	if trusted != c.trusted {
		c.trusted = trusted
		c.pipeline.Voter.Initialize()
		made = made[:0]
	}
	if trusted {
		return made
	}
	for i := range f.Faces {
		face := &f.Faces[i]
		face.Label, face.Probs, face.Belief, face.Votes = frame.Unknown, frame.Probabilities{}, frame.Probabilities{}, 0
	}
	if !state.Speaks() {
		return made[:0]
	}
	for i := range made {
		m := &made[i]
		for _, n := range m.Votes {
			m.Refused += n
		}
		m.Label, m.Reason = frame.Unknown, report.FailSafe
		m.Mean, m.Votes = [frame.NumClasses]float64{}, [frame.NumClasses]int{}
	}
	return made
}
