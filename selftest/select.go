package selftest

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// ErrNoCheck is why Select refuses a pattern.
var ErrNoCheck = errors.New("no such check")

// Select returns the checks that the patterns name, all where there are none. A pattern is a name, or one with * and ?, as in camera_*;
// camera_dark means that check of every camera, camera_dark:door that of one.
func Select(checks []Check, patterns []string) ([]Check, error) {
	if len(patterns) == 0 {
		return checks, nil
	}
	used := make([]bool, len(patterns))
	var chosen []Check
	for _, c := range checks {
		take := false
		for i, pattern := range patterns {
			ok, err := matches(pattern, c.Name)
			if err != nil {
				return nil, err
			}
			if ok {
				used[i], take = true, true
			}
		}
		if take {
			chosen = append(chosen, c)
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		return nil, fmt.Errorf("%w: %q, want one of %s", ErrNoCheck, patterns[i], strings.Join(Names(checks), ", "))
	}
	return chosen, nil
}

// Names are the names of the checks in their order.
func Names(checks []Check) []string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.Name
	}
	return names
}

func matches(pattern, name string) (bool, error) {
	kind, _, _ := strings.Cut(name, ":")
	whole, err := path.Match(pattern, name)
	if err != nil {
		return false, fmt.Errorf("%w: %q, want a check's name, or one with * and ?", ErrNoCheck, pattern)
	}
	every, _ := path.Match(pattern, kind) // the pattern was well formed
	return whole || every, nil
}
