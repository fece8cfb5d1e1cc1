package daemon

import (
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// TestHealthGate shows what leaves in each state of health.
func TestHealthGate(t *testing.T) {
	d := &Daemon{}
	d.health.Now = time.Now
	if err := d.health.Initialize(); err != nil {
		t.Fatal(err)
	}
	voter := &decision.Voter{MinVotes: 1}
	voter.Initialize()
	g := healthGate{health: &d.health, voter: voter}
	answers := func(result string) []selftest.Result {
		return []selftest.Result{{Name: "model_answers", Severity: selftest.Vital, Result: result}, {Name: "disk", Result: result}}
	}
	for _, s := range []struct {
		name      string
		do        func()
		decisions int // in the second frame after the change
		label     frame.Label
		reason    string
		verified  bool
	}{
		{"init", func() {}, 0, frame.Unknown, "", false},
		{"selftest", d.health.Begin, 0, frame.Unknown, "", false},
		{"operational", func() { d.health.Pass(answers(selftest.Pass)) }, 1, frame.Correct, "", true},
		{"degraded", func() { d.health.Result(answers(selftest.Fail)[1]) }, 1, frame.Correct, "", false},
		{"fail_safe", func() { d.health.Result(answers(selftest.Fail)[0]) }, 1, frame.Unknown, report.FailSafe, false},
		{"operational", func() { d.health.Pass(answers(selftest.Pass)) }, 1, frame.Correct, "", true},
	} {
		before := d.health.State()
		s.do()
		if got := d.health.State(); string(got) != s.name {
			t.Fatalf("the state is %s, want %s", got, s.name)
		}
		var made []decision.Decision
		var f *frame.Frame
		for i := range 2 {
			f = &frame.Frame{Faces: []frame.Face{{Track: 1, Label: frame.Correct, Votes: 9, Belief: frame.Probabilities{1, 0, 0}, Probs: frame.Probabilities{1, 0, 0}}}}
			made = g.pass(f, []decision.Decision{{Track: 1, Label: frame.Correct, Mean: [3]float64{.9, .05, .05}, Votes: [3]int{8, 1, 0}}})
			turned := (before == health.Operational || before == health.Degraded) != (s.name == "operational" || s.name == "degraded")
			if i == 0 && turned && len(made) != 0 {
				t.Errorf("%s: a decision from votes of the time before left", s.name)
			}
		}
		if len(made) != s.decisions || g.verified != s.verified {
			t.Errorf("%s: %d decisions, verified %t; want %d, %t", s.name, len(made), g.verified, s.decisions, s.verified)
		}
		if f.Faces[0].Label != s.label || (f.Faces[0].Votes == 0) != (s.label == frame.Unknown) {
			t.Errorf("%s: the picture shows %+v", s.name, f.Faces[0])
		}
		for _, m := range made {
			if m.Label != s.label || m.Reason != s.reason || s.label == frame.Unknown && (m.Refused != 9 || m.Votes != [3]int{} || m.Mean != [3]float64{}) {
				t.Errorf("%s: %+v", s.name, m)
			}
		}
	}
	f := &frame.Frame{Faces: make([]frame.Face, 2)}
	made := make([]decision.Decision, 1)
	if n := testing.AllocsPerRun(100, func() { made = g.pass(f, made) }); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}
