package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/htmlreport"
	"github.com/maskwarden/maskwarden/selftest/summarytest"
)

// codeOf is the exit code that an error ends in.
func codeOf(err error) int {
	var f *failure
	var v verdict
	switch {
	case errors.As(err, &v):
		return int(v)
	case errors.As(err, &f):
		return f.code
	}
	return exitOK
}

// TestOneResult holds the terminal's word, the exit codes, the JSON report and the HTML report to the same result. The daemon's side is in
// package daemon.
func TestOneResult(t *testing.T) {
	for _, c := range summarytest.Cases() {
		r := &selftest.Report{Seed: 7}
		r.Complete(c.Results, selftest.Summarize(c.Results))

		var terminal, script, page bytes.Buffer
		err := (&selftestCmd{}).report(&screen.Table{Out: &terminal}, r, t.TempDir())
		if got := codeOf(err); got != c.Exit || !strings.Contains(terminal.String(), "\n"+strings.ToUpper(c.Result)+": ") {
			t.Errorf("%s: exit code %d, want %d and %s\n%s", c.Name, got, c.Exit, c.Result, &terminal)
		}
		err = (&selftestCmd{JSON: true}).report(&screen.Table{Out: &script, Quiet: true}, r, t.TempDir())
		var read selftest.Report
		if json.Unmarshal(script.Bytes(), &read) != nil || read.Result != c.Result || codeOf(err) != c.Exit {
			t.Errorf("%s: exit code %d, JSON result %s, want %d and %s", c.Name, codeOf(err), read.Result, c.Exit, c.Result)
		}
		if got := selftest.Summarize(read.Checks).Result; got != c.Result {
			t.Errorf("%s: the checks of the JSON report sum up to %s, want %s", c.Name, got, c.Result)
		}
		want := `<strong class="verdict ` + c.Result + `">` + c.Result + `</strong>`
		if err := htmlreport.Write(&page, r, nil); err != nil || !strings.Contains(page.String(), want) {
			t.Errorf("%s: no %s in the page (%v)", c.Name, want, err)
		}
		if got := codeOf(exitOf(&report.State{Health: report.Health{State: string(c.Health)}})); got != c.Status {
			t.Errorf("%s: status exits with %d, want %d", c.Name, got, c.Status)
		}
	}
}
