package config

import (
	"time"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Decision is how a person's frames become a decision.
type Decision struct {
	MinVotes   int      `yaml:"min_votes"`  // classified frames before the first decision
	Confidence float64  `yaml:"confidence"` // posterior mean that a label needs
	HalfLife   Duration `yaml:"half_life"`  // after so long a frame counts half; 0s: frames never fade
	Repeat     Duration `yaml:"repeat"`     // report an unchanged decision again after so long; 0s: never
}

func (d *Decision) setDefaults() {
	*d = Decision{MinVotes: 5, Confidence: 0.65, HalfLife: Duration(2 * time.Second)}
}

func (d *Decision) check(at decode.Section) {
	decode.Within(at, "min_votes", d.MinVotes, 1, 1000)
	decode.Within(at, "confidence", d.Confidence, 0.34, 0.999)
	decode.Within(at, "half_life", d.HalfLife, 0, Duration(time.Hour))
	decode.Within(at, "repeat", d.Repeat, 0, Duration(24*time.Hour))
}
