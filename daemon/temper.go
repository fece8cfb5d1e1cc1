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
		was := &f.Faces[i] // only what the detector and the tracker said stays
		f.Faces[i] = frame.Face{
			Box: was.Box, Score: was.Score, Landmarks: was.Landmarks, Track: was.Track, Quality: was.Quality, Fresh: was.Fresh,
		}
	}
	if !state.Speaks() {
		return made[:0]
	}
	for i := range made {
		was := &made[i]
		refused := was.Refused
		for _, n := range was.Votes {
			refused += n
		}
		made[i] = decision.Decision{Track: was.Track, Time: was.Time, Reason: report.FailSafe, Refused: refused, Box: was.Box}
	}
	return made
}
