package scene

import (
	"math"

	"github.com/maskwarden/maskwarden/frame"
)

// moment says what one person does at one time.
type moment struct {
	from, to int         // appearances; they differ while the mask changes in place
	blend    float64     // 0: from, 1: to
	away     float64     // 0: in their place, 1: out of the picture
	label    frame.Label // Unknown while the mask changes
}

// schedule decides when and how one person changes masks. Every second change happens in place; for the others the
// person leaves the picture and comes back, so that a tracker sees somebody new.
type schedule struct {
	seed        uint64
	person      int
	phase       float64 // seconds by which the changes come later than the first person's
	every       float64 // seconds between changes
	appearances []appearance
}

const absent = 0.15 // seconds a person is out of the picture before, and again after, the moment of change

// walk is how long leaving takes, in seconds, and coming back again.
func (s *schedule) walk() float64 { return min(1.2, 0.3*s.every) }

// swap is how long before the moment of change the hands are at the mask, in seconds, and after it again.
func (s *schedule) swap() float64 { return min(0.3, 0.1*s.every) }

// at returns what the person does t seconds after the scene's start.
func (s *schedule) at(t float64) moment {
	k := max(0, int(math.Floor((t-s.phase)/s.every)))
	since := t - s.phase - float64(k)*s.every
	until := s.every - since
	now := s.appearance(k)
	m := moment{from: now, to: now, label: s.appearances[now].placement.label()}
	switch {
	case s.leaves(k+1) && until < absent+s.walk():
		m.away = min(1, 1-(until-absent)/s.walk())
	case k > 0 && s.leaves(k) && since < absent+s.walk():
		m.away = min(1, 1-(since-absent)/s.walk())
	case !s.leaves(k+1) && until < s.swap():
		m.to, m.blend, m.label = s.appearance(k+1), 0.5-0.5*until/s.swap(), frame.Unknown
	case k > 0 && !s.leaves(k) && since < s.swap():
		m.from, m.blend, m.label = s.appearance(k-1), 0.5+0.5*since/s.swap(), frame.Unknown
	}
	return m
}

// leaves says whether the change into cycle k happens out of the picture.
func (s *schedule) leaves(k int) bool { return (k+s.person)%2 == 1 }

// appearance returns the appearance of cycle k, an index into appearances.
func (s *schedule) appearance(k int) int {
	want := s.label(k)
	n := 0
	for _, l := range s.appearances {
		if l.placement.label() == want {
			n++
		}
	}
	n = int(hash(s.seed, uint64(s.person), uint64(k), 1) % uint64(n))
	for i, l := range s.appearances {
		if l.placement.label() == want {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return 0
}

// label returns the label of cycle k: each three cycles hold every label once, and no label comes twice running.
func (s *schedule) label(k int) frame.Label {
	order := s.order(k / 3)
	if k >= 3 && order[0] == s.order(k/3 - 1)[2] {
		order[0], order[1] = order[1], order[0]
	}
	return order[k%3]
}

func (s *schedule) order(block int) [3]frame.Label {
	h := hash(s.seed, uint64(s.person), uint64(block), 2)
	order := [3]frame.Label{frame.Correct, frame.Incorrect, frame.None}
	i, j := h%3, 1+h/3%2
	order[0], order[i] = order[i], order[0]
	order[1], order[j] = order[j], order[1]
	return order
}
