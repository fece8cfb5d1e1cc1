package deep

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// steps and starts of PGD.
const steps, starts = 20, 2

// PGD attacks the faces with projected gradient descent from several places within 8/255. The value is the share of the faces that keep
// their label behind the smoothing.
func PGD(s *Suite) selftest.Check {
	return s.check(selftest.Check{
		Name: "deep_pgd", Strength: true,
		Asks:   "how many faces keep their label after PGD with 20 steps from 2 places within 8/255?",
		Remedy: remedy,
	}, s.usualPGD)
}

func (s *Suite) usualPGD(ctx context.Context) selftest.Result {
	a := suite.PGD(usual, steps, starts, s.seed)
	a.Name = fmt.Sprintf("PGD of %d/255 with %d steps from %d places", usual, steps, starts)
	o, err := s.attack(ctx, a)
	if err != nil {
		return failed(err)
	}
	return s.compare(a.Name, o, linf(usual, s.evaluation, byPGD))
}

func byPGD(r *pack.Robustness) pack.Measures { return r.PGD }
