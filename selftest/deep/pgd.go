package deep

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/attack"
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
	a := s.pgd(usual, steps, starts)
	a.Name = fmt.Sprintf("PGD of %d/255 with %d steps from %d places", usual, steps, starts)
	o, err := s.attack(ctx, a)
	if err != nil {
		return failed(err)
	}
	return s.compare(a.Name, o, linf(usual, s.evaluation, byPGD))
}

// pgd is PGD of a strength in 255ths; its steps together reach two and a half times as far, as in Madry et al.
func (s *Suite) pgd(strength float64, steps, starts int) suite.Attack {
	eps := float32(strength / 255)
	return suite.Attack{
		Name: fmt.Sprintf("PGD of %g/255", strength),
		Run:  attack.PGD{Eps: eps, Step: 2.5 * eps / float32(steps), Iterations: steps, Restarts: starts, Seed: s.seed}.Run,
	}
}

func byPGD(r *pack.Robustness) pack.Measures { return r.PGD }
