// Package selftest asks a camera unit questions with known answers, in the manner of FIPS 140: some before a frame is processed, all of
// them on demand. This package runs checks and reports on them; the checks themselves are in the packages below it.
package selftest

// Results of a check.
const (
	Pass    = "pass"
	Warn    = "warn"
	Fail    = "fail"
	Skipped = "skipped"
)

// Degraded is the result of a whole self-test in which a check failed that is not vital.
const Degraded = "degraded"
