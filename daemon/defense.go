package daemon

import (
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/selftest"
)

// openWitness opens the certified check in use on another classifier; it is nil where that is off.
func openWitness(e *pipeline.Engine) func(selftest.Network) (selftest.Witness, error) {
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

// testedDefense is what checks ask about the certified check, on these parts.
func testedDefense(e *pipeline.Engine, n selftest.Network, s selftest.Smoother, w func(selftest.Network) (selftest.Witness, error)) *selftest.Defense {
	d := &e.Config.Defense
	return &selftest.Defense{Pack: e.Pack, Network: n, Smoother: s, Open: w, Certainty: float32(d.Certainty), Squeeze: d.Squeezing}
}
