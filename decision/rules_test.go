package decision_test

import (
	"math"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
)

// TestConfidenceIsReachedAtItsValue: a posterior mean equal to Confidence gives the label, the next lower one does not.
func TestConfidenceIsReachedAtItsValue(t *testing.T) {
	// Three frames of 0.75, 0.25, 0 and a prior of a third each: means of (3*0.75 + 1/3) / 4.
	p := frame.Probabilities{0.75, 0.25, 0}
	mean := show(newVoter(), 0, 3, seen(1, p))[0].Mean[0]
	for _, c := range []struct {
		confidence float64
		decisions  int
	}{{mean, 1}, {math.Nextafter(mean, 1), 0}} {
		v := newVoter()
		v.Confidence = c.confidence
		if made := show(v, 0, 3, seen(1, p)); len(made) != c.decisions {
			t.Errorf("confidence %v, mean %v: %d decisions, want %d", c.confidence, mean, len(made), c.decisions)
		}
	}
}

// TestFadesWithHalfLife holds the posterior to its formula: counts above the prior halve in each half-life.
func TestFadesWithHalfLife(t *testing.T) {
	const gap = 0.1 // seconds between two frames
	for _, halfLife := range []time.Duration{0, time.Second, 3 * time.Second} {
		v := newVoter()
		v.HalfLife, v.MinVotes, v.Confidence = halfLife, 1, 0.34
		show(v, 0, 5, seen(1, frame.Probabilities{1, 0, 0}))
		fade := 1.0
		if halfLife > 0 {
			fade = math.Exp2(-gap / halfLife.Seconds())
		}
		count := 0.0
		for range 5 {
			count = count*fade + 1
		}
		f := &frame.Frame{Time: start.Add(time.Second), Faces: []frame.Face{{Track: 1}}}
		v.Vote(f)
		if got, want := float64(f.Faces[0].Belief[0]), (count+1.0/3)/(count+1); math.Abs(got-want) > 1e-6 {
			t.Errorf("half-life %v: belief %v, want %v", halfLife, got, want)
		}
	}
}

// TestRefusedFramesAgeTheVotes: the time of a refused frame counts, so the fade is not applied twice.
func TestRefusedFramesAgeTheVotes(t *testing.T) {
	v := newVoter()
	show(v, 0, 2, seen(1, correct()))
	last := frame.Box{X0: 1, Y0: 2, X1: 3, Y1: 4}
	made := v.End(1, show(v, 2, 1, frame.Face{Track: 1, Fresh: true, Quality: frame.TooSmall, Box: last}))
	if len(made) != 1 || !made[0].Time.Equal(start.Add(200*time.Millisecond)) || made[0].Refused != 1 || made[0].Box != last {
		t.Errorf("got %+v, want one unknown at 0.2 s with one refused frame", made)
	}
}

// TestMostCommonReasonWins: the reason is the quality refused most often, and only where that is more often than frames were classified.
func TestMostCommonReasonWins(t *testing.T) {
	refused := func(q frame.Quality) frame.Face { return frame.Face{Track: 1, Fresh: true, Quality: q} }
	torn := seen(1, frame.Probabilities{0.34, 0.33, 0.33})
	for _, c := range []struct {
		name               string
		small, blur, voted int
		want               string
	}{
		{"more blurred", 2, 3, 1, "blurred"},
		{"more small", 3, 2, 1, "too_small"},
		{"as many small as blurred: the first", 3, 3, 1, "too_small"},
		{"as many votes", 0, 2, 2, decision.Undecided},
		{"more votes", 0, 2, 3, decision.Undecided},
	} {
		v := newVoter()
		v.Confidence = 0.9
		show(v, 0, c.small, refused(frame.TooSmall))
		show(v, c.small, c.blur, refused(frame.Blurred))
		show(v, c.small+c.blur, c.voted, torn)
		made := v.End(1, nil)
		if len(made) != 1 || made[0].Reason != c.want || made[0].Refused != c.small+c.blur {
			t.Errorf("%s: got %+v, want %s", c.name, made, c.want)
		}
	}
}

// TestANewPersonInheritsNothing: memory of a person who left is used again, clean.
func TestANewPersonInheritsNothing(t *testing.T) {
	v := newVoter()
	show(v, 0, 10, seen(1, none()))
	show(v, 10, 10, seen(2, none()))
	v.End(1, nil)
	v.End(2, nil)
	for track := uint64(3); track < 6; track++ {
		made := show(v, 20, 3, seen(track, correct()))
		if len(made) != 1 || made[0].Label != frame.Correct || made[0].Votes != [3]int{3, 0, 0} {
			t.Errorf("track %d: got %+v, want correct by three votes of its own", track, made)
		}
	}
}

// TestDecisionsCarryTheirProof: what the defense found stands in the face of the deciding frame, too.
func TestDecisionsCarryTheirProof(t *testing.T) {
	v := newVoter()
	show(v, 0, 2, seen(1, correct()))
	f := &frame.Frame{Time: start.Add(time.Second), Faces: []frame.Face{seen(1, correct())}}
	proof := frame.Proof{Checked: true, Label: frame.Correct, Certified: frame.Detection, Area: 0.02}
	if made := decide(v, f, proof, nil); len(made) != 1 || made[0].Proof != proof || f.Faces[0].Proof != proof {
		t.Errorf("got %+v and the face's %+v, want %+v in both", made, f.Faces[0].Proof, proof)
	}
}

// TestVoterReusesMemory: people who come and go cost no memory.
func TestVoterReusesMemory(t *testing.T) {
	v := newVoter()
	f := &frame.Frame{Time: start, Faces: []frame.Face{seen(1, correct())}}
	dst := make([]decision.Decision, 0, 8)
	if n := testing.AllocsPerRun(100, func() {
		f.Faces[0].Track++
		v.Vote(f)
		v.End(f.Faces[0].Track, dst[:0])
	}); n != 0 {
		t.Errorf("%v allocations a person, want 0", n)
	}
}

// TestUnknownTracks: nobody is decided on, or leaves, whom no frame showed.
func TestUnknownTracks(t *testing.T) {
	v := newVoter()
	f := &frame.Frame{Time: start, Faces: []frame.Face{seen(9, correct())}}
	if made := v.Decide(f, 0, frame.Proof{}, nil); len(made) != 0 {
		t.Errorf("decided on nobody: %+v", made)
	}
	if made := v.End(9, nil); len(made) != 0 {
		t.Errorf("nobody left: %+v", made)
	}
}

// TestDecisionsComeFirst: people whom Watch wants certified again wait while somebody's decision is due.
func TestDecisionsComeFirst(t *testing.T) {
	v := watchful()
	stand(v, 5, func(int) frame.Probabilities { return correct() }, contradicted())
	show(v, 5, 2, seen(2, correct()))
	at := start.Add(3 * time.Second) // person 1 is due for another check, person 2 for a decision
	due := v.Vote(&frame.Frame{Time: at, Faces: []frame.Face{seen(1, correct()), seen(2, correct())}})
	if len(due) != 1 || due[0] != 1 {
		t.Errorf("due %v, want the decision of the second face alone", due)
	}
	due = v.Vote(&frame.Frame{Time: at, Faces: []frame.Face{seen(1, correct()), {Track: 3}}})
	if len(due) != 1 || due[0] != 0 {
		t.Errorf("due %v, want the first face again", due)
	}
}

// TestWatchAtItsLimits stands on both sides of each limit of the alarms.
func TestWatchAtItsLimits(t *testing.T) {
	always := func(int) frame.Probabilities { return correct() }
	const step = 100 * time.Millisecond // of stand
	for _, c := range []struct {
		name           string
		change         func(*decision.Watch, *frame.Proof)
		frames, checks int
		alarms         int
	}{
		// The decision is due at frame 2 (three votes), and is the first check.
		{"recheck is due when its time has passed", func(w *decision.Watch, _ *frame.Proof) { w.Recheck = 5 * step }, 8, 2, 0},
		{"and not a frame before", func(w *decision.Watch, _ *frame.Proof) { w.Recheck = 5 * step }, 7, 1, 0},
		{"conflict at its limit counts", func(w *decision.Watch, p *frame.Proof) { w.Recheck, p.Conflict = 0, 0.7 }, 5, 3, 1},
		{"conflict below does not", func(w *decision.Watch, p *frame.Proof) { w.Recheck, p.Conflict = 0, math.Nextafter32(0.7, 0) }, 50, 1, 0},
		{"one check fewer raises nothing", func(w *decision.Watch, _ *frame.Proof) { w.Recheck = 0 }, 4, 2, 0},
	} {
		v, proof := watchful(), contradicted()
		c.change(&v.Watch, &proof)
		checks, alarms := stand(v, c.frames, always, proof)
		if checks != c.checks || len(alarms) != c.alarms {
			t.Errorf("%s: %d checks and %d alarms, want %d and %d", c.name, checks, len(alarms), c.checks, c.alarms)
		}
	}
}

// TestProbingAtItsLimits: so many changes, the first and the last at most Window apart.
func TestProbingAtItsLimits(t *testing.T) {
	flips := func(window time.Duration, flips, frames int) int {
		v := &decision.Voter{MinVotes: 1, Confidence: 0.6, HalfLife: time.Millisecond} // each frame alone decides
		v.Initialize()
		v.Watch = decision.Watch{Checks: 3, Flips: flips, Window: window}
		_, alarms := stand(v, frames, func(i int) frame.Probabilities { return [2]frame.Probabilities{correct(), none()}[i%2] }, frame.Proof{})
		return len(alarms)
	}
	const step = 100 * time.Millisecond // a change of label each; the first frame is none
	for _, c := range []struct {
		name          string
		window        time.Duration
		flips, frames int
		want          int
	}{
		{"just in the window", 2 * step, 3, 4, 1},
		{"just too slow", 2*step - 1, 3, 4, 0},
		{"one change fewer", 2 * step, 3, 3, 0},
		{"a single change", 0, 1, 2, 1},
		{"as many as are remembered", 31 * step, decision.MaxFlips, decision.MaxFlips + 1, 1},
		{"older ones are overwritten", 31*step - 1, decision.MaxFlips, 3 * decision.MaxFlips, 0},
		{"later changes count from later on", 2 * step, 3, 40, 1},
	} {
		if got := flips(c.window, c.flips, c.frames); got != c.want {
			t.Errorf("%s: %d alarms, want %d", c.name, got, c.want)
		}
	}
}

// TestNobodyBecomesCorrectInAFrameThatSaysOtherwise: the votes alone make no decision that the frame's own answer contradicts.
func TestNobodyBecomesCorrectInAFrameThatSaysOtherwise(t *testing.T) {
	other := frame.Probabilities{0.45, 0.05, 0.5}
	for _, c := range []struct {
		name  string
		seen  []frame.Probabilities
		label frame.Label
		frame int // in which it is decided
	}{
		{"correct waits for a frame of its own", []frame.Probabilities{correct(), correct(), other, other, correct()}, frame.Correct, 4},
		{"none waits for nothing", []frame.Probabilities{none(), none(), {0.5, 0.05, 0.45}}, frame.None, 2},
	} {
		v, at := newVoter(), -1
		var made []decision.Decision
		for i, p := range c.seen {
			f := &frame.Frame{Time: start.Add(time.Duration(i) * 100 * time.Millisecond), Faces: []frame.Face{seen(1, p)}}
			if made = decide(v, f, frame.Proof{}, made); len(made) > 0 && at < 0 {
				at = i
			}
		}
		if len(made) != 1 || made[0].Label != c.label || at != c.frame {
			t.Errorf("%s: got %+v in frame %d, want %v in frame %d", c.name, made, at, c.label, c.frame)
		}
	}
}
