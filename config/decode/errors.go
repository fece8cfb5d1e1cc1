package decode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one error of a configuration.
type Error struct {
	File    string // the file, or "environment"
	Line    int    // from 1; 0 when there is no line
	Column  int    // from 1, in characters; 0 when there is no line
	Key     string // the key's path, as in cameras[0].source, or the variable's name; may be empty
	Message string // what was expected, and what was found
}

// Error returns "file:line:column: key: message", less what is not known.
func (e Error) Error() string {
	parts := []string{e.File}
	if e.Line > 0 {
		parts[0] = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	}
	if e.Key != "" {
		parts = append(parts, e.Key)
	}
	return strings.Join(append(parts, e.Message), ": ")
}

// Errors are all errors of a configuration: the file's first, in its order, then the environment's.
type Errors []Error

// Error returns one line for each error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// err returns nil when there is none.
func (e Errors) err() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return e
}

func rank(e Error) int {
	if e.File == environment {
		return 1
	}
	return 0
}
