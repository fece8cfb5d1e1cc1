package health

import (
	"strings"

	"github.com/maskwarden/maskwarden/selftest"
)

// finding says what a check found: its value and limit where it measured, and its detail.
func finding(r *selftest.Result) string {
	var parts []string
	for _, part := range []string{r.Detail, r.Measured()} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return r.Result
	}
	return strings.Join(parts, ", ")
}
