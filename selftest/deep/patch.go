package deep

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/selftest"
)

// A fresh patch covers area of the picture and is tried at places of a grid.
const (
	area       = 0.02
	places     = 9
	iterations = 16
)

// Patch makes a new patch for each face on this unit, against the very network, at the best of several places. The value is the share of
// the faces that keep their label behind the smoothing.
func Patch(s *Suite) selftest.Check {
	return s.check(selftest.Check{
		Name: "deep_patch", Strength: true,
		Asks:   "how many faces keep their label with a fresh patch of 2 % of the picture, made for each face, at the best of 9 places?",
		Remedy: remedy,
	}, s.patch)
}

func (s *Suite) patch(ctx context.Context) selftest.Result {
	a := suite.Attack{
		Name: fmt.Sprintf("a fresh patch of %g %% at the best of %d places", 100*area, places),
		Run:  suite.Patch(area, places, iterations, s.seed),
	}
	o, err := s.attack(ctx, a)
	if err != nil {
		return failed(err)
	}
	return s.compare(a.Name, o, patched(area, s.evaluation))
}
