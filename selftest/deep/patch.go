package deep

import (
	"context"
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/attack"
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
type Patch struct{ Lab *Lab }

// Name implements selftest.Check.
func (Patch) Name() string { return "deep_patch" }

// Run implements selftest.Check. Value is the share of the faces that keep their label behind the smoothing.
func (c Patch) Run(ctx context.Context) selftest.Result {
	s := strike{fmt.Sprintf("a fresh patch of %g %% at the best of %d places", 100*area, places), c.attack}
	o, err := c.Lab.strike(ctx, s)
	if err != nil {
		return failed(err)
	}
	return c.Lab.verdict(s.name, o, patched(area, c.Lab.evaluation))
}

func (c Patch) attack(net attack.Network, faces *attack.Faces) ([]float32, error) {
	side := int(math.Round(math.Sqrt(area * float64(faces.Height*faces.Width))))
	grid, err := attack.Grid(faces.Height, faces.Width, side, places)
	if err != nil {
		return nil, err
	}
	p, err := attack.Patch{Side: side, Places: grid, Iterations: iterations, Step: stride, Seed: c.Lab.Seed}.Run(net, faces)
	if err != nil {
		return nil, err
	}
	return p.Images, nil
}
