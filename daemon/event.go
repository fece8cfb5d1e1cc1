package daemon

import (
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// event is a decision about a person in a frame, as it leaves the unit.
func (c *camera) event(f *frame.Frame, d *decision.Decision) report.Event {
	at := d.Time
	if at.IsZero() {
		at = f.Time
	}
	return report.Event{
		Schema: report.EventSchema,
		Time:   at.UTC().Round(time.Millisecond),
		Device: string(c.daemon.Config.Device),
		Camera: c.name,
		Track:  d.Track,
		Label:  d.Label.String(),
		Reason: d.Reason, Verified: c.gate.verified,
		Probabilities: report.Probabilities{
			Correct: report.Round(d.Mean[0]), Incorrect: report.Round(d.Mean[1]), None: report.Round(d.Mean[2]),
		},
		Votes:   report.Votes{Correct: d.Votes[0], Incorrect: d.Votes[1], None: d.Votes[2], Unknown: d.Refused},
		Box:     [4]int{int(d.Box.X0), int(d.Box.Y0), int(d.Box.X1), int(d.Box.Y1)},
		Picture: [2]int{f.Image.Cols(), f.Image.Rows()},
		Model:   c.daemon.engine.Pack.ID(),
		Defense: DefenseOf(d),
	}
}

// DefenseOf is what an event reports of the defense. How far masked views contradict stays in the camera: it would show an
// attacker how near he is.
func DefenseOf(d *decision.Decision) report.Defense {
	p := &d.Proof
	r := report.Defense{
		Certified: p.Guarantee(), CertifiedPatch: float64(p.Area), NeverCorrect: p.NeverCorrect,
		Suspected: p.Suspicion != 0, Suspicion: p.Suspicion.Names(), Alarm: d.Alarm.String(),
	}
	if p.Suspicion&frame.MasksDisagree != 0 {
		r.Recovered = p.Label.String()
	}
	return r
}

// truth is what the source knows of the person at a place, Unknown where it knows nothing.
func truth(f *frame.Frame, at frame.Box) frame.Label {
	best, label := float32(0.2), frame.Unknown
	for _, t := range f.Truth {
		if iou := t.Box.IoU(at); iou > best {
			best, label = iou, t.Label
		}
	}
	return label
}

// truthName is the label's name, empty where the truth is not known.
func truthName(l frame.Label) string {
	if l == frame.Unknown {
		return ""
	}
	return l.String()
}

// number gives an event its place among the unit's events, and the outbox the event. The state folder keeps count over restarts; a unit
// without a broker has no outbox, and counts from 1 at each start.
func (d *Daemon) number(e *report.Event) {
	if !d.clockSet {
		d.clockSet = d.host.ClockSet()
	}
	if !d.clockSet {
		e.Clock = report.ClockUnset
	}
	if d.outbox == nil {
		d.seq++
		d.name(e, d.seq)
		return
	}
	d.outbox.Append(func(seq uint64, stored bool) []byte {
		d.name(e, seq)
		e.Unstored = !stored
		payload, err := e.Encode()
		if err != nil {
			d.Logger.Error("event is not published", "error", err)
			return nil
		}
		return payload
	})
}

func (d *Daemon) name(e *report.Event, seq uint64) {
	e.Seq, e.ID = seq, fmt.Sprintf("%s-%s-%d", e.Device, d.board.instance, seq)
}
