package daemon

import (
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
)

// healthGate lets a camera's labels and decisions pass as far as the state of health allows. Until the first self-test has ended no
// decision leaves, and in the fail-safe state every label is unknown.
type healthGate struct {
	health   *health.Machine
	voter    *decision.Voter
	trusted  bool // whether the last frame's labels were allowed
	verified bool // whether decisions are
}

// pass takes what a frame led to and returns what may leave. When trust begins or ends the votes are forgotten: nobody is labeled by
// answers of another time, and people who stay get a new decision.
func (g *healthGate) pass(f *frame.Frame, made []decision.Decision) []decision.Decision {
	state := g.health.State()
	trusted := state.Trusted()
	g.verified = state == health.Operational
	if trusted != g.trusted {
		g.trusted = trusted
		g.voter.Initialize()
		made = made[:0]
	}
	if trusted {
		return made
	}
	for i := range f.Faces {
		was := &f.Faces[i] // only what the detector and the tracker found stays
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
