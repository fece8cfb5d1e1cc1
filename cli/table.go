package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/maskwarden/maskwarden/selftest"
)

// table shows a technician a self-test while it runs. The running check, and color, are shown on a terminal only.
type table struct {
	out   io.Writer
	total int
	quiet bool // print nothing: the report is wanted as JSON

	live  bool // a line can be written over
	color bool
	done  int
}

const nameWidth, valueWidth = 24, 46

func (t *table) start(u selftest.Unit) {
	if t.quiet {
		return
	}
	t.live = isTerminal(t.out)
	t.color = t.live && os.Getenv("NO_COLOR") == "" // https://no-color.org
	fmt.Fprintf(t.out, "maskwarden %s, device %s, unit %s\nmodel %s", u.Versions["maskwarden"], u.Device, u.Serial, u.Model)
	if u.Signer == "" { // a daemon does not report it
		fmt.Fprint(t.out, "\nrun by the daemon\n\n")
		return
	}
	fmt.Fprintf(t.out, ", signed by %s\n%s, OpenCV %s\n\n", u.Signer, u.Versions["backend"], u.Versions["opencv"])
}

func (t *table) started(name string) {
	t.done++
	if t.live {
		fmt.Fprintf(t.out, "\r\x1b[K  [%d of %d] %s …", t.done, t.total, name)
	}
}

func (t *table) finished(r selftest.Result) {
	if t.quiet {
		return
	}
	if t.live {
		fmt.Fprint(t.out, "\r\x1b[K")
	}
	fmt.Fprintf(t.out, "%s  %s %s %7.2f s  %s\n", t.paint(r.Result, fill(r.Result, 7)), fill(r.Name, nameWidth), fill(r.Measured(), valueWidth), r.Seconds, r.Detail)
	if r.Hint != "" {
		fmt.Fprintf(t.out, "%*s→ %s\n", len("skipped")+2, "", r.Hint)
	}
}

// summary is the last line: what came out, and what to do next.
func (t *table) summary(r *selftest.Report) error {
	t.beside(r)
	s := r.Summary
	_, err := fmt.Fprintf(t.out, "\n%s: %d passed, %d warn, %d failed, %d skipped, in %.1f s (seed %d)\nNext: %s\n",
		t.paint(s.Result, strings.ToUpper(s.Result)), s.Passed(), len(s.Warned), len(s.Failed), len(s.Skipped), r.Seconds, r.Seed, next(r.Checks))
	return err
}

// next is what to do about the first failure, or the first warning where nothing failed.
func next(results []selftest.Result) string {
	for _, result := range []string{selftest.Fail, selftest.Warn} {
		for _, r := range results {
			if r.Result == result {
				return r.Name + ": " + r.Hint
			}
		}
	}
	return "nothing needs to be done"
}

func (t *table) saved(path, digest, signer string) {
	if !t.quiet {
		fmt.Fprintf(t.out, "Report: %s, %s\n  sha256 of its result %s\n", path, signer, digest)
	}
}

// paint colors text by a result.
func (t *table) paint(result, text string) string {
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

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
