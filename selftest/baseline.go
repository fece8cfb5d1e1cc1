package selftest

// Baseline is what another model pack withstands on the same unit, under the same seed and what was made against it. It says
// nothing of the unit: the report's result is without it.
type Baseline struct {
	Model  string   `json:"model"` // as Unit.Model
	Checks []Result `json:"checks"`
}

// Pair is one check on both models.
type Pair struct {
	Result
	Other Result
}

// Pairs are the checks that ran on both models, in their order.
func (r *Report) Pairs() []Pair {
	if r.Baseline == nil {
		return nil
	}
	var pairs []Pair
	for _, here := range r.Checks {
		for _, there := range r.Baseline.Checks {
			if here.Name == there.Name {
				pairs = append(pairs, Pair{here, there})
			}
		}
	}
	return pairs
}
