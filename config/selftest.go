package config

import (
	"time"

	"github.com/maskwarden/maskwarden/config/decode"
)

// SelfTest is when the daemon tests itself, and how much it may take for it.
type SelfTest struct {
	Interval Duration `yaml:"interval"` // in which every check runs once, one after the other
	CPU      float64  `yaml:"cpu"`      // largest part of the time that checks take on average
	Nightly  Time     `yaml:"nightly"`  // when all of them run one after the other; "": never
	Hold     Duration `yaml:"hold"`     // a camera or broker must be lost for so long, and back for so long, before health changes
}

func (s *SelfTest) setDefaults() {
	*s = SelfTest{Interval: Duration(15 * time.Minute), CPU: 0.02, Nightly: "03:30", Hold: Duration(30 * time.Second)}
}

func (s *SelfTest) check(at decode.Section) {
	decode.Within(at, "interval", s.Interval, Duration(time.Second), Duration(24*time.Hour))
	decode.Within(at, "cpu", s.CPU, 0.001, 0.5)
	decode.Within(at, "hold", s.Hold, 0, Duration(time.Hour))
}
