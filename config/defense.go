package config

import (
	"time"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Defense is how a face is checked before a decision about it is reported, and which behavior raises an alarm.
type Defense struct {
	Certify       Certify  `yaml:"certify"`        // how much is checked
	Certainty     float64  `yaml:"certainty"`      // masked views count whose answer is more probable than this
	Squeezing     bool     `yaml:"squeezing"`      // ask the squeezers too, if the pack has a threshold
	AlarmConflict float64  `yaml:"alarm_conflict"` // a check contradicts whose picture and masked view are both so sure of two labels, and whose squeezers differ too
	AlarmChecks   int      `yaml:"alarm_checks"`   // contradictions in a row that raise the alarm "attack"
	Recheck       Duration `yaml:"recheck"`        // between checks of a person who contradicts
	ProbingFlips  int      `yaml:"probing_flips"`  // changes of a person's label that raise the alarm "probing"
	ProbingWindow Duration `yaml:"probing_window"` // within this time
	Rounding      float64  `yaml:"rounding"`       // probabilities leave the camera in multiples of this; 0: two decimals
}

func (d *Defense) setDefaults() {
	*d = Defense{
		Certify: "detection", Squeezing: true,
		AlarmConflict: 0.75, AlarmChecks: 5, Recheck: Duration(time.Second),
		ProbingFlips: 6, ProbingWindow: Duration(time.Minute), Rounding: 0.05,
	}
}

func (d *Defense) check(at decode.Section) {
	decode.Within(at, "certainty", d.Certainty, 0, 0.99)
	decode.Within(at, "alarm_conflict", d.AlarmConflict, 0.34, 1)
	decode.Within(at, "alarm_checks", d.AlarmChecks, 1, 1000)
	decode.Within(at, "recheck", d.Recheck, 0, Duration(time.Hour))
	decode.Within(at, "probing_flips", d.ProbingFlips, 1, 32)
	decode.Within(at, "probing_window", d.ProbingWindow, Duration(time.Second), Duration(24*time.Hour))
	decode.Within(at, "rounding", d.Rounding, 0, 0.5)
}

// Certify is how much is certified before a decision is reported: off (nothing), detection (the views behind one
// mask) or recovery (also those behind two).
type Certify string

// UnmarshalText sets how much is certified.
func (c *Certify) UnmarshalText(b []byte) error { return decode.OneOf(c, b, c.names()) }

// Want says what a value looks like.
func (c *Certify) Want() string { return decode.Either(c.names()) }

func (*Certify) names() []string { return []string{"off", "detection", "recovery"} }
