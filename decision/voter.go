// Package decision turns the frames of a person into one label.
package decision

import (
	"math"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// prior is the weight of each class before any vote: a Dirichlet(1/3, 1/3, 1/3), worth one frame in all.
const prior = 1.0 / float64(frame.NumClasses)

// Voter decides by a Dirichlet posterior over the classes. Each classified frame adds its probabilities to the person's
// counts, and old frames fade with HalfLife. A label is given when its posterior mean reaches Confidence. A decision is
// made when a person's label first settles, whenever it changes, and, as unknown, when a person leaves undecided. It is
// reported after the defense has certified the deciding frame: Vote names that frame's face, and Decide takes the proof.
type Voter struct {
	MinVotes   int           // classified frames before the first decision, 1 or more
	Confidence float64       // posterior mean that a label needs, 0.34 to 1
	HalfLife   time.Duration // after so long a frame counts half; 0: frames never fade
	Repeat     time.Duration // an unchanged decision is made again after so long; 0: never
	Round      float64       // probabilities are reported in multiples of this, so that they guide no attack; 0: as they are
	Watch      Watch

	people        map[uint64]*person
	free          []*person
	due, rechecks []int
}

type person struct {
	alpha    [frame.NumClasses]float64
	votes    [frame.NumClasses]int
	refused  [frame.NumQualities]int
	at       time.Time
	voted    frame.Label // what the votes said at the last decision
	label    frame.Label // what was reported then
	reported time.Time
	box      frame.Box
	watched  watched
}

// Initialize readies the voter.
func (v *Voter) Initialize() { v.people = map[uint64]*person{} }

// Vote counts the fresh faces of a frame and writes each person's label and number of votes into its face. It returns the
// places in f.Faces of the people whose decision is due, each to be passed to Decide: now, or not at all, for then it is due
// again at the person's next good frame. Where none is due, these are people whom Watch wants certified again.
func (v *Voter) Vote(f *frame.Frame) []int {
	v.due, v.rechecks = v.due[:0], v.rechecks[:0]
	for i := range f.Faces {
		face := &f.Faces[i]
		if face.Track == 0 {
			continue
		}
		p := v.person(face.Track)
		if face.Fresh {
			p.count(face, f.Time, v.HalfLife)
		}
		if face.Fresh && face.Quality == frame.Good { // only such a frame can be certified
			switch {
			case v.shouldReport(p, v.votedLabel(p), face, f.Time):
				v.due = append(v.due, i)
			case v.Watch.recheckDue(&p.watched, f.Time):
				v.rechecks = append(v.rechecks, i)
			}
		}
		v.mark(face, p)
	}
	if len(v.due) > 0 {
		return v.due
	}
	return v.rechecks
}

// Decide makes the decision of a person whom Vote named, with what the defense found in this frame, all zero where it was
// not asked. It appends the decision and any alarm to dst.
func (v *Voter) Decide(f *frame.Frame, i int, proof frame.Proof, dst []Decision) []Decision {
	face := &f.Faces[i]
	p, ok := v.people[face.Track]
	if !ok {
		return dst
	}
	face.Proof = proof
	alarms := [2]Alarm{v.Watch.note(&p.watched, &proof, f.Time)}
	label := v.votedLabel(p)
	report := v.shouldReport(p, label, face, f.Time)
	if report {
		if p.voted != frame.Unknown && p.voted != label {
			alarms[1] = v.Watch.flip(&p.watched, f.Time)
		}
		p.voted, p.reported = label, f.Time
	} else {
		label = p.label // the face was only certified again
	}
	label, proof = Settle(label, proof)
	if report {
		p.label = label
		v.mark(face, p)
		dst = append(dst, v.decision(p, face.Track, "", proof))
	}
	for _, alarm := range alarms {
		if alarm != NoAlarm {
			d := v.decision(p, face.Track, "", proof)
			d.Alarm = alarm
			dst = append(dst, d)
		}
	}
	return dst
}

// mark writes what the votes say so far into a face.
func (v *Voter) mark(face *frame.Face, p *person) {
	face.Label = p.label
	for k, m := range p.mean() {
		face.Belief[k] = float32(toStep(m, v.Round))
	}
	face.Votes = uint32(p.classified())
}

// End forgets a person who left. One who left undecided is a decision too: unknown, with the reason.
func (v *Voter) End(track uint64, dst []Decision) []Decision {
	p, ok := v.people[track]
	if !ok {
		return dst
	}
	if p.label == frame.Unknown {
		dst = append(dst, v.decision(p, track, p.reason(), frame.Proof{}))
	}
	delete(v.people, track)
	v.free = append(v.free, p)
	return dst
}

func (v *Voter) person(track uint64) *person {
	p, ok := v.people[track]
	if ok {
		return p
	}
	if n := len(v.free); n > 0 {
		p, v.free = v.free[n-1], v.free[:n-1]
	} else {
		p = new(person)
	}
	*p = person{alpha: [frame.NumClasses]float64{prior, prior, prior}}
	v.people[track] = p
	return p
}

func (v *Voter) votedLabel(p *person) frame.Label {
	if p.classified() < v.MinVotes {
		return frame.Unknown
	}
	mean := p.mean()
	for i, m := range mean {
		if m >= v.Confidence {
			return frame.Class(i)
		}
	}
	return frame.Unknown
}

// shouldReport says whether a decision is due in the frame of a face. Nobody becomes Correct in a frame that says otherwise: what the defense
// proves of the deciding frame would say nothing of that label.
func (v *Voter) shouldReport(p *person, label frame.Label, face *frame.Face, now time.Time) bool {
	best, _ := face.Probs.Best()
	switch {
	case label == frame.Unknown || label == frame.Correct && best != frame.Correct:
		return false
	case label != p.voted:
		return true
	default:
		return v.Repeat > 0 && now.Sub(p.reported) >= v.Repeat
	}
}

func (p *person) count(face *frame.Face, at time.Time, halfLife time.Duration) {
	p.box = face.Box
	if face.Quality != frame.Good {
		p.refused[face.Quality]++
		p.at = at
		return
	}
	if !p.at.IsZero() && halfLife > 0 {
		fade := math.Exp2(-at.Sub(p.at).Seconds() / halfLife.Seconds())
		for i := range p.alpha {
			p.alpha[i] = prior + (p.alpha[i]-prior)*fade
		}
	}
	p.at = at
	for i, q := range face.Probs {
		p.alpha[i] += float64(q)
	}
	best, _ := face.Probs.Best()
	p.votes[best.Index()]++
}

func (p *person) classified() (n int) {
	for _, v := range p.votes {
		n += v
	}
	return n
}

func (p *person) mean() (mean [frame.NumClasses]float64) {
	var sum float64
	for _, a := range p.alpha {
		sum += a
	}
	for i, a := range p.alpha {
		mean[i] = a / sum
	}
	return mean
}

// reason is the most common cause for which frames were refused, or Undecided.
func (p *person) reason() string {
	worst, most := Undecided, p.classified()
	for q, n := range p.refused {
		if n > most {
			worst, most = frame.Quality(q).String(), n
		}
	}
	return worst
}

func (v *Voter) decision(p *person, track uint64, reason string, proof frame.Proof) Decision {
	refused := 0
	for _, n := range p.refused {
		refused += n
	}
	mean := p.mean()
	for i := range mean {
		mean[i] = toStep(mean[i], v.Round)
	}
	return Decision{
		Track: track, Time: p.at, Label: p.label, Reason: reason,
		Mean: mean, Votes: p.votes, Refused: refused, Box: p.box, Proof: proof,
	}
}
