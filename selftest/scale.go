package selftest

// Scale is what a check measures, and how far the value may go.
type Scale struct {
	Quantity string // brightness
	Unit     string // of 255
	Bound    Bound
	Fail     float64 // a value beyond it fails; 0: none does
	Warn     float64 // a value beyond it warns; 0: none does
	Hint     string  // what to do about a value beyond a limit
}

// Grade compares a value with the limits. Result and limit are those of the first limit that it misses.
func (s Scale) Grade(value float64) Result {
	r := Result{Result: Pass, Quantity: s.Quantity, Value: value, Bound: s.Bound, Unit: s.Unit, Limit: s.Fail}
	if s.Fail == 0 {
		r.Limit = s.Warn
	}
	for _, limit := range []struct {
		at     float64
		result string
	}{{s.Fail, Fail}, {s.Warn, Warn}} {
		missed := r
		missed.Limit = limit.at
		if limit.at != 0 && missed.misses() {
			missed.Result, missed.Hint = limit.result, s.Hint
			return missed
		}
	}
	return r
}
