package daemon

import (
	"github.com/maskwarden/maskwarden/pipeline"
	defensecheck "github.com/maskwarden/maskwarden/selftest/defense"
)

// openCertifier opens the certified check in use on another classifier; it is nil where that is off.
func openCertifier(e *pipeline.Engine) func(defensecheck.Network) (defensecheck.Certifier, error) {
	if e.Checker == nil {
		return nil
	}
	return func(by defensecheck.Network) (defensecheck.Certifier, error) {
		c, err := e.Checker.WithClassifier(by)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}
