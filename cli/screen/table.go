// Package screen shows commands at work on a terminal: lines that are written over, and color where somebody looks.
package screen

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// Table shows a technician a self-test while it runs. The running check, and color, are shown on a terminal only. What stands in it may
// come from a camera, a pack or a daemon: it is cleaned.
type Table struct {
	Out   io.Writer
	Total int  // checks; may be set late
	Quiet bool // print nothing: the report is wanted as JSON

	live  bool // a line can be written over
	color bool
	done  int
}

const nameWidth, valueWidth = 24, 46

// Start prints what is tested.
func (t *Table) Start(u selftest.Unit) {
	if t.Quiet {
		return
	}
	t.Out = Raw(t.Out) // for color
	t.live = IsTerminal(t.Out)
	t.color = t.live && os.Getenv("NO_COLOR") == "" // https://no-color.org
	fmt.Fprintf(t.Out, "maskwarden %s, device %s, unit %s\nmodel %s", clean(u.Versions["maskwarden"]), clean(u.Device), clean(u.Serial), clean(u.Model))
	if u.Signer == "" { // a daemon does not report it
		fmt.Fprint(t.Out, "\nrun by the daemon\n\n")
		return
	}
	fmt.Fprintf(t.Out, ", signed by %s\n%s, OpenCV %s\n\n", clean(u.Signer), clean(u.Versions["backend"]), clean(u.Versions["opencv"]))
}

// Started shows the check that runs now.
func (t *Table) Started(name string) {
	t.done++
	if t.live {
		fmt.Fprintf(t.Out, "\r\x1b[K  [%d of %d] %s …", t.done, t.Total, clean(name))
	}
}

// Done is how many checks have started.
func (t *Table) Done() int { return t.done }

// Finished prints what a check found.
func (t *Table) Finished(r selftest.Result) {
	if t.Quiet {
		return
	}
	if t.live {
		fmt.Fprint(t.Out, "\r\x1b[K")
	}
	fmt.Fprintf(t.Out, "%s  %s %s %7.2f s  %s\n", t.paint(r.Result, fill(clean(r.Result), 7)), fill(clean(r.Name), nameWidth),
		fill(clean(r.Measured()), valueWidth), r.Seconds, oneLine(r.Detail))
	if r.Hint != "" {
		fmt.Fprintf(t.Out, "%*s→ %s\n", len("skipped")+2, "", oneLine(r.Hint))
	}
}

// Summary prints the last lines: what came out, and what to do next.
func (t *Table) Summary(r *selftest.Report) error {
	t.baseline(r)
	s := r.Summary
	_, err := fmt.Fprintf(t.Out, "\n%s: %d passed, %d warn, %d failed, %d skipped, in %.1f s (seed %d)\nNext: %s\n",
		t.paint(s.Result, strings.ToUpper(clean(s.Result))), s.Passed(), len(s.Warned), len(s.Failed), len(s.Skipped), r.Seconds, r.Seed, next(r.Checks))
	return err
}

// baseline prints what two models withstand, each under what was made against it.
func (t *Table) baseline(r *selftest.Report) {
	if t.Quiet || r.Baseline == nil {
		return
	}
	fmt.Fprintf(t.Out, "\n%s %s %s\n", fill("side by side", nameWidth), fill(clean(r.Unit.Model), valueWidth), clean(r.Baseline.Model))
	for _, pair := range r.Pairs() {
		fmt.Fprintf(t.Out, "%s %s %s\n", fill(clean(pair.Name), nameWidth), fill(clean(pair.Measured()), valueWidth), clean(pair.Other.Measured()))
	}
}

// next is what to do about the first failure, or the first warning where nothing failed.
func next(results []selftest.Result) string {
	for _, result := range []string{selftest.Fail, selftest.Warn} {
		for _, r := range results {
			if r.Result == result {
				return oneLine(r.Name + ": " + r.Hint)
			}
		}
	}
	return "nothing needs to be done"
}

// Saved prints where the HTML report lies, the sha256 of its result and who signed it.
func (t *Table) Saved(path, digest, signer string) {
	if !t.Quiet {
		fmt.Fprintf(t.Out, "Report: %s, %s\n  sha256 of its result %s\n", report.Clean(path, report.MaxLine), oneLine(signer), digest)
	}
}

func clean(text string) string { return report.Clean(text, report.MaxText) }

// oneLine cleans a longer text, whose lines could be taken for the table's.
func oneLine(text string) string {
	return report.Clean(strings.ReplaceAll(text, "\n", ", "), report.MaxLine)
}

// paint colors text by a result.
func (t *Table) paint(result, text string) string {
	code := map[string]string{
		selftest.Pass: "32", selftest.Warn: "33", selftest.Degraded: "33", selftest.Fail: "1;31", selftest.Skipped: "2",
	}[result]
	if !t.color || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// fill fills text up with spaces to some characters.
func fill(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
