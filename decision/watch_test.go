package decision_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
)

func correct() frame.Probabilities { return frame.Probabilities{0.9, 0.05, 0.05} }
func none() frame.Probabilities    { return frame.Probabilities{0.05, 0.05, 0.9} }

func watchful() *decision.Voter {
	v := newVoter()
	v.Watch = decision.Watch{Conflict: 0.7, Checks: 3, Recheck: time.Second, Flips: 3, Window: time.Minute}
	return v
}

// contradicted is a proof of which both signs speak against the picture.
func contradicted() frame.Proof {
	return frame.Proof{Checked: true, Label: frame.None, Suspicion: frame.MasksDisagree | frame.SqueezeDiffers, Conflict: 0.8}
}

// stand lets one person stand for so many frames, 100 ms apart, and counts checks and alarms.
func stand(v *decision.Voter, n int, p func(i int) frame.Probabilities, proof frame.Proof) (checks int, alarms []decision.Decision) {
	for i := range n {
		f := &frame.Frame{Time: start.Add(time.Duration(i) * 100 * time.Millisecond), Faces: []frame.Face{seen(1, p(i))}}
		for _, k := range v.Vote(f) {
			checks++
			for _, d := range v.Decide(f, k, proof, nil) {
				if d.Alarm != decision.NoAlarm {
					alarms = append(alarms, d)
				}
			}
		}
	}
	return checks, alarms
}

func TestAttackIsOneAlarm(t *testing.T) {
	always := func(int) frame.Probabilities { return correct() }
	checks, alarms := stand(watchful(), 1000, always, contradicted())
	if checks != 3 || len(alarms) != 1 || alarms[0].Alarm.String() != "attack" || alarms[0].Proof.Suspicion == 0 {
		t.Errorf("%d checks, alarms %+v: want an attack at the third check, a second apart, and then quiet", checks, alarms)
	}
	for _, change := range []func(*frame.Proof){
		func(p *frame.Proof) { p.Suspicion = frame.MasksDisagree },
		func(p *frame.Proof) { p.Suspicion = frame.SqueezeDiffers },
		func(p *frame.Proof) { p.Conflict = 0.69 },
		func(p *frame.Proof) { *p = frame.Proof{} },
	} {
		proof := contradicted()
		change(&proof)
		if checks, alarms := stand(watchful(), 1000, always, proof); checks != 1 || len(alarms) != 0 {
			t.Errorf("%+v: %d checks, %d alarms; want one check and none", proof, checks, len(alarms))
		}
	}
}

func TestOneGoodCheckClearsAPerson(t *testing.T) {
	v := watchful()
	var made []decision.Decision
	for i := range 60 {
		proof := contradicted()
		if i/10%3 == 2 { // each third second
			proof = frame.Proof{Checked: true, Label: frame.Correct, Certified: frame.Detection, Area: 0.02}
		}
		f := &frame.Frame{Time: start.Add(time.Duration(i) * 100 * time.Millisecond), Faces: []frame.Face{seen(1, correct())}}
		made = decide(v, f, proof, made)
	}
	if len(made) != 1 || made[0].Alarm != decision.NoAlarm {
		t.Errorf("want the decision alone, got %+v", made)
	}
}

func TestProbingIsOneAlarm(t *testing.T) {
	flip := func(i int) frame.Probabilities { // another label every three seconds
		if i/30%2 == 0 {
			return correct()
		}
		return none()
	}
	_, alarms := stand(watchful(), 1000, flip, frame.Proof{})
	if len(alarms) != 1 || alarms[0].Alarm.String() != "probing" {
		t.Errorf("a label that changes 33 times: alarms %+v, want one of probing", alarms)
	}
	v := watchful()
	v.Watch.Window = 5 * time.Second
	if _, alarms := stand(v, 1000, flip, frame.Proof{}); len(alarms) != 0 {
		t.Errorf("three changes take longer than the window: alarms %+v, want none", alarms)
	}
}

// TestReportsTheSaferLabel: of the vote's label and the recovered one, where masks disagree.
func TestReportsTheSaferLabel(t *testing.T) {
	for _, c := range []struct {
		name  string
		seen  frame.Probabilities
		proof frame.Proof
		want  frame.Label
		certs frame.Guarantee
	}{
		{"not asked", correct(), frame.Proof{}, frame.Correct, frame.Unproved},
		{"certified", correct(), frame.Proof{Checked: true, Label: frame.Correct, Certified: frame.Detection, Area: 0.02}, frame.Correct, frame.Detection},
		{"certified for another", correct(), frame.Proof{Checked: true, Label: frame.None, Certified: frame.Detection, Area: 0.02}, frame.Correct, frame.Unproved},
		{"forced to correct", correct(), frame.Proof{Checked: true, Label: frame.None, Suspicion: frame.MasksDisagree}, frame.None, frame.Unproved},
		{"forced to none", none(), frame.Proof{Checked: true, Label: frame.Correct, Suspicion: frame.MasksDisagree}, frame.None, frame.Unproved},
		{"squeezed only", correct(), frame.Proof{Checked: true, Label: frame.None, Suspicion: frame.SqueezeDiffers}, frame.Correct, frame.Unproved},
		{"never correct for another", none(), frame.Proof{Checked: true, Label: frame.Incorrect, Certified: frame.Detection, NeverCorrect: true, Area: 0.02}, frame.None, frame.Unproved},
		{"never correct, yet voted so", correct(), frame.Proof{Checked: true, Label: frame.Incorrect, Certified: frame.Recovery, NeverCorrect: true, Area: 0.02}, frame.Correct, frame.Unproved},
		{"never correct, and masks disagree", correct(), frame.Proof{Checked: true, Label: frame.Incorrect, NeverCorrect: true, Area: 0.02, Suspicion: frame.MasksDisagree}, frame.Incorrect, frame.Unproved},
	} {
		v := newVoter()
		var made []decision.Decision
		var last frame.Face
		for i := range 20 {
			f := &frame.Frame{Time: start.Add(time.Duration(i) * 100 * time.Millisecond), Faces: []frame.Face{seen(1, c.seen)}}
			made = decide(v, f, c.proof, made)
			last = f.Faces[0]
		}
		never := c.proof.NeverCorrect && c.want != frame.Correct
		if len(made) != 1 || made[0].Label != c.want || made[0].Proof.Certified != c.certs || (made[0].Proof.Area > 0) != (c.certs > 0 || never) {
			t.Errorf("%s: got %+v, want one decision %v, certified %q", c.name, made, c.want, c.certs)
		} else if made[0].Proof.NeverCorrect != never {
			t.Errorf("%s: never correct: %t, want %t", c.name, !never, never)
		}
		if last.Label != c.want {
			t.Errorf("%s: the face shows %v, want %v", c.name, last.Label, c.want)
		}
	}
}

// TestWaitsForItsTurn: a person who is not decided on is due again at the next good frame, and not before.
func TestWaitsForItsTurn(t *testing.T) {
	v := newVoter()
	due := func(i int, q frame.Quality) int {
		face := seen(1, correct())
		face.Quality = q
		return len(v.Vote(&frame.Frame{Time: start.Add(time.Duration(i) * 100 * time.Millisecond), Faces: []frame.Face{face}}))
	}
	var got []int
	for i, q := range []frame.Quality{frame.Good, frame.Good, frame.Good, frame.Blurred, frame.Good} {
		got = append(got, due(i, q))
	}
	if want := []int{0, 0, 1, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("due %v, want %v", got, want)
	}
}

func TestProbabilitiesAreRounded(t *testing.T) {
	v := newVoter()
	v.Round = 0.05
	made := show(v, 0, 3, seen(1, frame.Probabilities{0.71, 0.16, 0.13}))
	if len(made) != 1 {
		t.Fatalf("want one decision, got %+v", made)
	}
	exact := show(newVoter(), 0, 3, seen(1, frame.Probabilities{0.71, 0.16, 0.13}))[0].Mean
	for i, m := range made[0].Mean {
		if math.Abs(m-exact[i]) > 0.025+1e-9 {
			t.Errorf("class %d: %v is not the multiple next to %v", i, m, exact[i])
		}
		if steps := m / 0.05; math.Abs(steps-math.Round(steps)) > 1e-9 || m == 0 {
			t.Errorf("class %d has the probability %v, want a multiple of 0.05", i, m)
		}
	}
	f := &frame.Frame{Time: start.Add(time.Second), Faces: []frame.Face{{Track: 1}}}
	v.Vote(f)
	for i, m := range f.Faces[0].Belief {
		if steps := float64(m) / 0.05; math.Abs(steps-math.Round(steps)) > 1e-5 {
			t.Errorf("the face's belief in class %d is %v, want a multiple of 0.05", i, m)
		}
	}
}
