package screen

import (
	"bytes"
	"testing"

	"github.com/maskwarden/maskwarden/selftest"
)

// TestTableOnTerminal shows what is written over, and in color, where somebody looks.
func TestTableOnTerminal(t *testing.T) {
	var out bytes.Buffer
	table := &Table{Out: &out, Total: 2, live: true, color: true}
	results := []selftest.Result{
		{Name: "pack_hash", Result: selftest.Pass, Detail: "robust@1:22723218", Seconds: 0.012},
		{
			Name: "camera_dark", Result: selftest.Warn, Quantity: "brightness", Value: 20, Limit: 25, Bound: selftest.AtLeast, Unit: "of 255",
			Hint: "switch on a light",
		},
	}
	for _, r := range results {
		table.Started(r.Name)
		table.Finished(r)
	}
	r := &selftest.Report{Seed: 7}
	r.Complete(results, selftest.Summarize(results))
	r.Seconds = 1.25
	if err := table.Summary(r); err != nil {
		t.Fatal(err)
	}
	const want = "\r\x1b[K  [1 of 2] pack_hash …\r\x1b[K" +
		"\x1b[32mpass   \x1b[0m  pack_hash                                                                  0.01 s  robust@1:22723218\n" +
		"\r\x1b[K  [2 of 2] camera_dark …\r\x1b[K" +
		"\x1b[33mwarn   \x1b[0m  camera_dark              brightness 20, limit at least 25 of 255           0.00 s  \n" +
		"         → switch on a light\n" +
		"\n\x1b[33mWARN\x1b[0m: 1 passed, 1 warn, 0 failed, 0 skipped, in 1.2 s (seed 7)\nNext: camera_dark: switch on a light\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

// TestTableNext names the first failure, before any warning.
func TestTableNext(t *testing.T) {
	for _, c := range []struct {
		results []string
		want    string
	}{
		{[]string{"pass", "skipped"}, "nothing needs to be done"},
		{[]string{"warn", "warn"}, "0: hint 0"},
		{[]string{"warn", "fail", "fail"}, "1: hint 1"},
	} {
		r := &selftest.Report{}
		for i, result := range c.results {
			n := string(rune('0' + i))
			r.Checks = append(r.Checks, selftest.Result{Name: n, Result: result, Hint: "hint " + n})
		}
		var out bytes.Buffer
		if err := (&Table{Out: &out}).Summary(r); err != nil || !bytes.HasSuffix(out.Bytes(), []byte("\nNext: "+c.want+"\n")) {
			t.Errorf("%v: got %q (%v), want %q at the end", c.results, out.String(), err, c.want)
		}
	}
}
