package daemon

import (
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// defenseOf is what an event tells of the defence. How far masked views contradict stays in the camera: it would tell an
// attacker how near he is.
func defenseOf(d *decision.Decision) report.Defense {
	p := &d.Proof
	r := report.Defense{
		Certified: p.Certified.String(), CertifiedPatch: float64(p.Area),
		Suspected: p.Doubt != 0, Suspicion: p.Doubt.Names(), Alarm: d.Alarm.String(),
	}
	if p.Doubt&frame.MasksDisagree != 0 {
		r.Recovered = p.Label.String()
	}
	return r
}
