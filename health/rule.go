package health

import (
	"strings"

	"github.com/maskwarden/maskwarden/selftest"
)

// WithSeverities fills in the severity of results that lack one, by the check's name.
func WithSeverities(results []selftest.Result) []selftest.Result {
	all := append([]selftest.Result{}, results...)
	for i := range all {
		if all[i].Severity == "" {
			all[i].Severity = severityOf(all[i].Name)
		}
	}
	return all
}

func severityOf(check string) selftest.Severity {
	name, _, _ := strings.Cut(check, ":")
	switch name {
	case "pack_hash", "pack_signature", "model_answers", "smoothing", "delegate":
		return selftest.Vital
	case "camera_opens":
		return selftest.Fault
	case "memory", "temperature", "throttling", "mqtt":
		return selftest.Drift
	}
	for _, family := range []string{"camera_", "patch_", "squeezing"} {
		if strings.HasPrefix(name, family) {
			return selftest.Drift
		}
	}
	return selftest.Fault
}
