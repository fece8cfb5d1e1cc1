package selftest

// Severity says what a failed check means for the decisions of the unit. It stands with each check, and travels in its results.
type Severity string

// Severities. The zero value counts as Fault: nothing that fails goes unseen.
const (
	Fault Severity = "fault" // degrades at the first failure, until the check passes
	Drift Severity = "drift" // varies with light, load and chance: degrades after several failures in a row
	Vital Severity = "vital" // the answers themselves cannot be trusted: nobody is labeled
)
