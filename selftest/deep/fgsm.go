package deep

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// usual is the strength of the single attacks, the largest change of a pixel in 255ths. 4, where networks are often compared, succeeds on
// none of the golden faces with one step, be the network robust or not.
const usual = 8

// FGSM attacks the faces with one step of the gradient, 8/255 wide. The value is the share of the faces that keep their label behind the
// smoothing.
func FGSM(s *Suite) selftest.Check {
	return s.check(selftest.Check{
		Name: "deep_fgsm", Strength: true,
		Asks:   "how many faces keep their label after one step of the gradient, 8/255 wide?",
		Remedy: remedy,
	}, s.fgsm)
}

func (s *Suite) fgsm(ctx context.Context) selftest.Result {
	a := suite.Attack{Name: fmt.Sprintf("FGSM of %d/255", usual), Run: attack.FGSM{Eps: usual / 255.0}.Run}
	o, err := s.attack(ctx, a)
	if err != nil {
		return failed(err)
	}
	return s.compare(a.Name, o, linf(usual, s.evaluation, func(r *pack.Robustness) pack.Measures { return r.FGSM }))
}
