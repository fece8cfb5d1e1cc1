package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/report"
)

// Exit codes, as documented in docs/COMMANDS.md: BSD sysexits where one fits. 2 is left to the Go runtime's panics.
const (
	exitOK          = 0
	exitFailure     = 1
	exitTestFailed  = 3
	exitDegraded    = 4
	exitUsage       = 64
	exitNoInput     = 66
	exitUnavailable = 69
	exitInternal    = 70
	exitCannotWrite = 73
	exitNotYet      = 75
	exitConfig      = 78
	exitInterrupted = 130
)

// maxError is how much of an error is shown, in bytes: a configuration may have many.
const maxError = 64 << 10

// failure is an error with the exit code that it ends in and a hint at the way out.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(code int, hint string, err error) error {
	if err == nil {
		return nil
	}
	return &failure{code, err, hint}
}

// verdict is the exit code of a command that has said on standard output what there is to say.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// explain writes err where a person, or with asJSON a script, finds it, and returns the exit code.
func explain(w io.Writer, err error, asJSON bool) int {
	code, hint := exitFailure, ""
	var f *failure
	var v verdict
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &v):
		return int(v)
	case errors.Is(err, context.Canceled): // whatever it kept from being done
		code = exitInterrupted
	case errors.As(err, &f):
		code, hint = f.code, f.hint
	}
	if asJSON {
		_ = screen.JSON(w, map[string]any{"error": report.Lines(err.Error(), maxError), "hint": hint, "code": code}) // stderr is the last resort
		return code
	}
	fmt.Fprintf(w, "Error: %s\n", report.Lines(err.Error(), maxError))
	if hint != "" {
		fmt.Fprintf(w, "Try: %s\n", report.Lines(hint, report.MaxLine))
	}
	return code
}
