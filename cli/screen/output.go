package screen

import (
	"io"
	"strings"

	"github.com/maskwarden/maskwarden/report"
)

// most is how much of a line reaches a terminal, in bytes.
const most = 64 << 10

// Output is what commands print to. Texts in it may come from cameras, packs, brokers and file names: they are cleaned, and lines are
// bounded. Raw is for what the program itself wants of a terminal, and for JSON.
type Output struct {
	Out io.Writer

	column int // bytes of the line so far
	failed error
}

// Failed is why not all reached its reader; nil = it did.
func (o *Output) Failed() error { return o.failed }

// write hands on what is printed, and keeps the first error: those who print need not look.
func (o *Output) write(b []byte) error {
	if o.failed == nil {
		_, o.failed = o.Out.Write(b)
	}
	return o.failed
}

// Write writes whole texts: a character must not be cut between two calls.
func (o *Output) Write(b []byte) (int, error) {
	var kept strings.Builder
	for line := range strings.Lines(report.Plain(string(b))) {
		text, ended := strings.CutSuffix(line, "\n")
		if room := most - o.column; room > 0 {
			kept.WriteString(report.Lines(text, room))
		}
		o.column += len(text)
		if ended {
			kept.WriteByte('\n')
			o.column = 0
		}
	}
	if err := o.write([]byte(kept.String())); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Raw is the writer behind an Output, or w itself.
func Raw(w io.Writer) io.Writer {
	if o, ok := w.(*Output); ok {
		return o.Out
	}
	return w
}

// JSON prints a value as one line of JSON, in which no character acts on a terminal.
func JSON(w io.Writer, value any) error {
	data, err := report.JSON(value)
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if o, ok := w.(*Output); ok {
		return o.write(data)
	}
	_, err = w.Write(data)
	return err
}
