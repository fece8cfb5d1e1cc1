package daemon

import (
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// defenseOf is what an event tells of the defense. How far masked views contradict stays in the camera: it would tell an
// attacker how near he is.
func defenseOf(d *decision.Decision) report.Defense {
	p := &d.Proof
	r := report.Defense{
		Certified: p.Certified.String(), CertifiedPatch: float64(p.Area),
		Suspected: p.Suspicion != 0, Suspicion: p.Suspicion.Names(), Alarm: d.Alarm.String(),
	}
	if p.Suspicion&frame.MasksDisagree != 0 {
		r.Recovered = p.Label.String()
	}
	return r
}

// witness opens the certified check in use on another classifier; it is nil where that is off.
func (e *Engine) witness() func(selftest.Network) (selftest.Witness, error) {
	if e.Checker == nil {
		return nil
	}
	return func(by selftest.Network) (selftest.Witness, error) {
		c, err := e.Checker.WithClassifier(by)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

// defense is what checks ask about the certified check, on these parts.
func (e *Engine) defense(n selftest.Network, s selftest.Smoother, w func(selftest.Network) (selftest.Witness, error)) *selftest.Defense {
	d := &e.Config.Defense
	return &selftest.Defense{Pack: e.Pack, Network: n, Smoother: s, Open: w, Certainty: float32(d.Certainty), Squeeze: d.Squeezing}
}
