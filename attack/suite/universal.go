package suite

import (
	"fmt"
	"math/rand/v2"

	"github.com/maskwarden/maskwarden/attack"
)

// Made is one patch for all faces.
type Made struct {
	Strength float64
	Side     int
	Pixels   []byte // Side x Side x 3
}

func universal(area float64, faces *attack.Faces, seed uint64, eot *attack.EOT) job {
	side := sideOf(area, faces)
	made := &Made{Strength: area, Side: side}
	run := func(net attack.Network, faces *attack.Faces) ([]float32, error) {
		a := attack.Universal{Side: side, Steps: universalSteps, Batch: universalBatch, Rate: universalRate, EOT: eot, Seed: seed}
		p, err := a.Run(net, faces)
		if err != nil {
			return nil, err
		}
		made.Pixels = Bytes(p)
		if eot != nil {
			return eot.Apply(faces, p, side, nil, seed+1)
		}
		random := rand.New(rand.NewPCG(seed, 1))
		at := make([]attack.Place, len(faces.Labels))
		for i := range at {
			at[i] = attack.Place{Row: random.IntN(faces.Height - side + 1), Col: random.IntN(faces.Width - side + 1)}
		}
		return attack.Paste(faces, p, side, at)
	}
	n := len(faces.Labels)
	return job{
		Attack: Attack{fmt.Sprintf("one patch of %g %% for all faces", 100*area), run},
		images: (universalSteps*universalBatch + n - 1) / n, made: made,
	}
}
