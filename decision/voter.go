// Package decision turns the frames of a person into one label.
package decision

import (
	"math"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// Undecided is why a label is unknown when the frames were good but did not agree.
const Undecided = "undecided"

// prior is the weight of each class before any vote: a Dirichlet(1/3, 1/3, 1/3), worth one frame in all.
const prior = 1.0 / float64(frame.NumClasses)

// Decision is what the votes say of one person.
type Decision struct {
	Track   uint64
	Time    time.Time
	Label   frame.Label
	Reason  string                    // why the label is Unknown, otherwise empty
	Mean    [frame.NumClasses]float64 // posterior mean of each class: correct, incorrect, none
	Votes   [frame.NumClasses]int     // frames whose most probable class it was
	Refused int                       // frames that could not be judged
	Box     frame.Box                 // where the person was last seen
}

// Voter decides by a Dirichlet posterior over the classes: each judged frame adds its probabilities to the person's
// counts, old frames fade with HalfLife, and a label is given when its posterior mean reaches Confidence. A decision is
// made when a person's label first settles, whenever it changes, and, as unknown, when a person leaves undecided.
type Voter struct {
	MinVotes   int           // judged frames before the first decision, 1 or more
	Confidence float64       // posterior mean that a label needs, 0.34 to 1
	HalfLife   time.Duration // after so long a frame counts half; 0: frames never fade
	Repeat     time.Duration // an unchanged decision is made again after so long; 0: never

	people map[uint64]*person
	free   []*person
}

type person struct {
	alpha   [frame.NumClasses]float64
	votes   [frame.NumClasses]int
	refused [4]int // by frame.Quality
	at      time.Time
	label   frame.Label
	told    time.Time // of the last decision
	box     frame.Box
}

// Initialize readies the voter.
func (v *Voter) Initialize() { v.people = map[uint64]*person{} }

// Vote counts the fresh faces of a frame, writes each person's label and number of votes into its face, and appends the
// decisions that were made to dst.
func (v *Voter) Vote(f *frame.Frame, dst []Decision) []Decision {
	for i := range f.Faces {
		face := &f.Faces[i]
		if face.Track == 0 {
			continue
		}
		p := v.person(face.Track)
		if face.Fresh {
			p.count(face, f.Time, v.HalfLife)
			if label := v.verdict(p); v.worthTelling(p, label, f.Time) {
				p.label, p.told = label, f.Time
				dst = append(dst, p.decision(face.Track, ""))
			}
		}
		face.Label = p.label
		for k, m := range p.mean() {
			face.Belief[k] = float32(m)
		}
		face.Votes = uint32(p.judged())
	}
	return dst
}

// End forgets a person who left. One who left undecided is a decision too: unknown, with the reason.
func (v *Voter) End(track uint64, dst []Decision) []Decision {
	p, ok := v.people[track]
	if !ok {
		return dst
	}
	if p.label == frame.Unknown {
		dst = append(dst, p.decision(track, p.reason()))
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

func (v *Voter) verdict(p *person) frame.Label {
	if p.judged() < v.MinVotes {
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

func (v *Voter) worthTelling(p *person, label frame.Label, now time.Time) bool {
	switch {
	case label == frame.Unknown:
		return false
	case label != p.label:
		return true
	default:
		return v.Repeat > 0 && now.Sub(p.told) >= v.Repeat
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

func (p *person) judged() (n int) {
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

// reason is the commonest cause for which frames were refused, or that the votes did not agree.
func (p *person) reason() string {
	worst, most := Undecided, p.judged()
	for q, n := range p.refused {
		if n > most {
			worst, most = frame.Quality(q).String(), n
		}
	}
	return worst
}

func (p *person) decision(track uint64, reason string) Decision {
	refused := 0
	for _, n := range p.refused {
		refused += n
	}
	return Decision{
		Track: track, Time: p.at, Label: p.label, Reason: reason,
		Mean: p.mean(), Votes: p.votes, Refused: refused, Box: p.box,
	}
}
