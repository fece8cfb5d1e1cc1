package deep

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// steps and starts of PGD.
const steps, starts = 20, 2

// PGD attacks the faces with projected gradient descent from several places within 8/255.
type PGD struct{ Lab *Lab }

// Name implements selftest.Check.
func (PGD) Name() string { return "deep_pgd" }

// Run implements selftest.Check. Value is the share of the faces that keep their label behind the smoothing.
func (c PGD) Run(ctx context.Context) selftest.Result {
	s := c.Lab.pgd(usual, steps, starts)
	s.name = fmt.Sprintf("PGD of %d/255 with %d steps from %d places", usual, steps, starts)
	o, err := c.Lab.strike(ctx, s)
	if err != nil {
		return failed(err)
	}
	return c.Lab.verdict(s.name, o, linf(usual, c.Lab.evaluation, byPGD))
}

// pgd is PGD of a strength in 255ths; its steps together reach two and a half times as far, as in Madry et al.
func (l *Lab) pgd(strength float64, steps, starts int) strike {
	eps := float32(strength / 255)
	return strike{
		fmt.Sprintf("PGD of %g/255", strength),
		attack.PGD{Eps: eps, Step: 2.5 * eps / float32(steps), Iterations: steps, Restarts: starts, Seed: l.Seed}.Run,
	}
}

func byPGD(r *pack.Robustness) pack.Measures { return r.PGD }
