package deep

import (
	"context"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/selftest"
)

// A fresh patch covers area of the picture and is tried at places of a grid.
const (
	area       = 0.02
	places     = 9
	iterations = 16
	stride     = 0.1 // of the first step, as where the pack's figures were measured
)

// Patch makes a new patch for each face on this unit, against the very network, at the best of several places.
type Patch struct{ Suite *Suite }

// Name implements selftest.Check.
func (Patch) Name() string { return "deep_patch" }

// Run implements selftest.Check. Value is the share of the faces that keep their label behind the smoothing.
func (c Patch) Run(ctx context.Context) selftest.Result {
	a := suite.Attack{Name: fmt.Sprintf("a fresh patch of %g %% at the best of %d places", 100*area, places), Run: c.attack}
	o, err := c.Suite.attack(ctx, a)
	if err != nil {
		return failed(err)
	}
	return c.Suite.compare(a.Name, o, patched(area, c.Suite.evaluation))
}

func (c Patch) attack(net attack.Network, faces *attack.Faces) ([]float32, error) {
	side := int(math.Round(math.Sqrt(area * float64(faces.Height*faces.Width))))
	grid, err := attack.Grid(faces.Height, faces.Width, side, places)
	if err != nil {
		return nil, err
	}
	p, err := attack.Patch{Side: side, Places: grid, Iterations: iterations, Step: stride, Seed: c.Suite.Seed}.Run(net, faces)
	if err != nil {
		return nil, err
	}
	return p.Images, nil
}
