package screen

import (
	"io"
	"os"

	"golang.org/x/term"
)

// IsTerminal says whether lines of w can be written over: a terminal that is not dumb.
func IsTerminal(w io.Writer) bool {
	f, ok := Raw(w).(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
