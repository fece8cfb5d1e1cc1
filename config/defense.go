package config

import "time"

// Defense is what is asked of a face before a decision about it is told, and which behavior raises an alarm.
type Defense struct {
	Certify       Certify  `yaml:"certify"`        // how much is asked
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

func (d *Defense) check(at section) {
	within(at, "certainty", d.Certainty, 0, 0.99)
	within(at, "alarm_conflict", d.AlarmConflict, 0.34, 1)
	within(at, "alarm_checks", d.AlarmChecks, 1, 1000)
	within(at, "recheck", d.Recheck, 0, Duration(time.Hour))
	within(at, "probing_flips", d.ProbingFlips, 1, 32)
	within(at, "probing_window", d.ProbingWindow, Duration(time.Second), Duration(24*time.Hour))
	within(at, "rounding", d.Rounding, 0, 0.5)
}
