package decision_test

import (
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newVoter() *decision.Voter {
	v := &decision.Voter{MinVotes: 3, Confidence: 0.6, HalfLife: time.Second}
	v.Initialize()
	return v
}

// show lets the voter see one person for n frames, 100 ms apart, from frame number first on.
func show(v *decision.Voter, first, n int, face frame.Face) (made []decision.Decision) {
	for i := range n {
		f := &frame.Frame{Time: start.Add(time.Duration(first+i) * 100 * time.Millisecond), Faces: []frame.Face{face}}
		made = decide(v, f, frame.Proof{}, made)
	}
	return made
}

// decide lets the voter see a frame, and the defense find the same about everybody.
func decide(v *decision.Voter, f *frame.Frame, proof frame.Proof, made []decision.Decision) []decision.Decision {
	for _, i := range v.Vote(f) {
		made = v.Decide(f, i, proof, made)
	}
	return made
}

func seen(track uint64, p frame.Probabilities) frame.Face {
	return frame.Face{Track: track, Fresh: true, Probs: p}
}

func TestDecidesOnceThenOnChange(t *testing.T) {
	v := newVoter()
	correct, none := frame.Probabilities{0.9, 0.05, 0.05}, frame.Probabilities{0.05, 0.05, 0.9}
	if made := show(v, 0, 2, seen(1, correct)); len(made) != 0 {
		t.Fatalf("decided after 2 of 3 votes: %+v", made)
	}
	made := show(v, 2, 10, seen(1, correct))
	if len(made) != 1 || made[0].Label != frame.Correct || made[0].Votes != [3]int{3, 0, 0} {
		t.Fatalf("want one decision, correct by 3 votes, got %+v", made)
	}
	made = show(v, 12, 30, seen(1, none))
	if len(made) != 1 || made[0].Label != frame.None {
		t.Fatalf("the mask came off: want one decision none, got %+v", made)
	}
	if made = v.End(1, nil); len(made) != 0 {
		t.Errorf("a decided person left: want no decision, got %+v", made)
	}
}

func TestRepeats(t *testing.T) {
	v := newVoter()
	v.Repeat = time.Second
	if made := show(v, 0, 33, seen(1, frame.Probabilities{0, 0, 1})); len(made) != 4 {
		t.Errorf("%d decisions in 3.3 seconds, want the first and one a second after it: 4", len(made))
	}
}

func TestLeavesUndecided(t *testing.T) {
	torn := frame.Probabilities{0.34, 0.33, 0.33}
	for _, c := range []struct {
		name string
		face frame.Face
		want string
	}{
		{"votes disagree", seen(7, torn), decision.Undecided},
		{"too small", frame.Face{Track: 7, Fresh: true, Quality: frame.TooSmall}, "too_small"},
		{"too dark", frame.Face{Track: 7, Fresh: true, Quality: frame.TooDark}, "too_dark"},
		{"turned away", frame.Face{Track: 7, Fresh: true, Quality: frame.TurnedAway}, "turned_away"},
		{"only carried on by the tracker", frame.Face{Track: 7}, decision.Undecided},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVoter()
			if made := show(v, 0, 20, c.face); len(made) != 0 {
				t.Fatalf("guessed: %+v", made)
			}
			made := v.End(7, nil)
			if len(made) != 1 || made[0].Label != frame.Unknown || made[0].Reason != c.want {
				t.Errorf("got %+v, want unknown because %s", made, c.want)
			}
		})
	}
}

func TestFacesCarryTheLabel(t *testing.T) {
	v := newVoter()
	show(v, 0, 5, seen(2, frame.Probabilities{0, 1, 0}))
	f := &frame.Frame{Time: start.Add(time.Second), Faces: []frame.Face{{Track: 0}, {Track: 2}}}
	v.Vote(f)
	f.Faces[0], f.Faces[1] = f.Faces[1], f.Faces[0]
	if f.Faces[0].Label != frame.Incorrect || f.Faces[0].Votes != 5 {
		t.Errorf("a carried-on face has label %v by %d votes, want incorrect by 5", f.Faces[0].Label, f.Faces[0].Votes)
	}
	if f.Faces[1].Label != frame.Unknown {
		t.Errorf("an untracked face has label %v, want unknown", f.Faces[1].Label)
	}
}

func TestVoteAllocatesNothing(t *testing.T) {
	v := newVoter()
	f := &frame.Frame{Time: start, Faces: []frame.Face{seen(1, frame.Probabilities{1, 0, 0}), seen(2, frame.Probabilities{0, 0, 1})}}
	dst := make([]decision.Decision, 0, 8)
	decide(v, f, frame.Proof{}, dst)
	if n := testing.AllocsPerRun(100, func() {
		f.Time = f.Time.Add(time.Millisecond)
		decide(v, f, frame.Proof{}, dst[:0])
	}); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}
