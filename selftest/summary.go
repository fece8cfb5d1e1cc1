package selftest

// Summary is what a set of results means. It is the only place that says so: the terminal, MQTT, the page, the metrics, the HTML report
// and the exit codes print what stands here.
type Summary struct {
	Result  string   `json:"result"`  // Pass, Warn, Degraded or Fail
	Checks  int      `json:"checks"`  // how many there were
	Failed  []string `json:"failed"`  // names of the checks that failed, in their order
	Warned  []string `json:"warned"`  // names of those that warn
	Skipped []string `json:"skipped"` // names of those that were skipped
}

// Passed is how many checks passed.
func (s Summary) Passed() int { return s.Checks - len(s.Failed) - len(s.Warned) - len(s.Skipped) }

// Summarize sums up results: Fail when a vital check failed or could not run, Degraded when another failed, Warn when one warns, else
// Pass. A check that does not apply to the unit counts for nothing.
func Summarize(results []Result) Summary {
	s := Summary{Result: Pass, Checks: len(results)}
	vital := false
	for _, r := range results {
		switch r.Result {
		case Fail:
			s.Failed = append(s.Failed, r.Name)
			vital = vital || r.Severity == Vital
		case Warn:
			s.Warned = append(s.Warned, r.Name)
		case Skipped:
			s.Skipped = append(s.Skipped, r.Name)
			vital = vital || r.Severity == Vital && !r.NotApplicable
		}
	}
	switch {
	case vital:
		s.Result = Fail
	case len(s.Failed) > 0:
		s.Result = Degraded
	case len(s.Warned) > 0:
		s.Result = Warn
	}
	return s
}
