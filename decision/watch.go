package decision

import (
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// Alarm is what a person does to the camera, beyond a mask worn or not. Each is raised once a person.
type Alarm uint8

// Alarms.
const (
	NoAlarm Alarm = iota
	Attack        // check after check, masks and squeezers both contradict the picture: something on the face forces the answer
	Probing       // the label changes again and again: somebody tries out what the camera accepts
	numAlarms
)

// String returns the alarm's name as it stands in events, empty for NoAlarm.
func (a Alarm) String() string { return [...]string{"", "attack", "probing"}[a] }

// MaxFlips is the largest Watch.Flips.
const MaxFlips = 32

// Watch says when a person's frames are an alarm. Its rules want two independent signs, and want them again: a single suspicion is
// common on faces that nobody tampered with, as a mask may hide just what shows a class. evaluate.RunAlarms measures how often the
// rules raise a false alarm on such faces.
type Watch struct {
	Conflict float32       // a check contradicts whose masks disagree with a Proof.Conflict of at least this, and whose squeezers differ too
	Checks   int           // so many of them in a row are an Attack, 1 or more
	Recheck  time.Duration // how long after such a check the next one comes
	Flips    int           // so many changes of label are Probing, 1 to MaxFlips
	Window   time.Duration // when they happen within this time
}

// watched is what Watch remembers of one person.
type watched struct {
	row     int // checks in a row that contradict
	checked time.Time
	flips   int                 // changes of label
	flipped [MaxFlips]time.Time // when the last of them were, change n at n % MaxFlips
	raised  [numAlarms]bool
}

// recheckDue says whether it is time to certify a suspected person again.
func (w *Watch) recheckDue(s *watched, now time.Time) bool {
	return s.row > 0 && !s.raised[Attack] && now.Sub(s.checked) >= w.Recheck
}

// note takes a check, and returns the alarm that it raises.
func (w *Watch) note(s *watched, proof *frame.Proof, now time.Time) Alarm {
	if !proof.Checked {
		return NoAlarm
	}
	s.checked = now
	if proof.Suspicion != frame.MasksDisagree|frame.SqueezeDiffers || proof.Conflict < w.Conflict {
		s.row = 0
		return NoAlarm
	}
	s.row++
	return s.raise(Attack, s.row >= w.Checks)
}

// flip takes a change of label, and returns the alarm that it raises.
func (w *Watch) flip(s *watched, now time.Time) Alarm {
	s.flipped[s.flips%MaxFlips] = now
	s.flips++
	if s.flips < w.Flips {
		return NoAlarm
	}
	first := s.flipped[(s.flips-w.Flips)%MaxFlips]
	return s.raise(Probing, now.Sub(first) <= w.Window)
}

func (s *watched) raise(a Alarm, so bool) Alarm {
	if !so || s.raised[a] {
		return NoAlarm
	}
	s.raised[a] = true
	return a
}
