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
	a := suite.Attack{Name: fmt.Sprintf("a fresh patch of %g %% at the best of %d places", 100*area, places), Run: s.patchFaces}
	o, err := s.attack(ctx, a)
	if err != nil {
		return failed(err)
	}
	return s.compare(a.Name, o, patched(area, s.evaluation))
}

func (s *Suite) patchFaces(net attack.Network, faces *attack.Faces) ([]float32, error) {
	side := int(math.Round(math.Sqrt(area * float64(faces.Height*faces.Width))))
	grid, err := attack.Grid(faces.Height, faces.Width, side, places)
	if err != nil {
		return nil, err
	}
	p, err := attack.Patch{Side: side, Places: grid, Iterations: iterations, Step: stride, Seed: s.seed}.Run(net, faces)
	if err != nil {
		return nil, err
	}
	return p.Images, nil
}
