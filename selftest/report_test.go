package selftest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/selftest"
)

// fixed is a check with a known result.
type fixed struct {
	name   string
	result selftest.Result
}

func (f fixed) Name() string                        { return f.name }
func (f fixed) Run(context.Context) selftest.Result { return f.result }

func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		results []string
		want    string
	}{
		{nil, "pass"},
		{[]string{"pass", "skipped"}, "pass"},
		{[]string{"pass", "warn", "skipped"}, "degraded"},
		{[]string{"warn", "fail", "pass"}, "fail"},
	} {
		results := make([]selftest.Result, len(c.results))
		for i, r := range c.results {
			results[i].Result = r
		}
		if got := selftest.Outcome(results); got != c.want {
			t.Errorf("%v: got %s, want %s", c.results, got, c.want)
		}
	}
}

func TestMeasured(t *testing.T) {
	for _, c := range []struct {
		r    selftest.Result
		want string
	}{
		{selftest.Result{Result: selftest.Pass, Value: 1}, ""},
		{selftest.Result{Result: selftest.Skipped, Value: 1, Unit: "s"}, ""},
		{selftest.Result{Result: selftest.Pass, Value: 30, Unit: "s"}, "30 s"},
		{selftest.Result{Result: selftest.Fail, Value: 0.07816, Limit: 0.05, Unit: "share"}, "0.0782 share (limit 0.05)"},
		{selftest.Result{Result: selftest.Pass, Value: 71500, Limit: 64, Unit: "MiB"}, "71500 MiB (limit 64)"},
		{selftest.Result{Result: selftest.Pass, Value: 4.93e-7, Limit: 0.001, Unit: "logit"}, "4.93e-07 logit (limit 0.001)"},
	} {
		if got := c.r.Measured(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestSelect(t *testing.T) {
	var checks []selftest.Check
	for _, name := range []string{"pack_hash", "camera_dark:door", "camera_dark:gate", "camera_fps:door", "camera"} {
		checks = append(checks, fixed{name: name})
	}
	const all = "pack_hash camera_dark:door camera_dark:gate camera_fps:door camera"
	for _, c := range []struct{ patterns, want, err string }{
		{"", all, ""},
		{"camera_dark", "camera_dark:door camera_dark:gate", ""},
		{"camera_dark:gate pack_hash", "pack_hash camera_dark:gate", ""},
		{"*:door", "camera_dark:door camera_fps:door", ""},
		{"camera*", "camera_dark:door camera_dark:gate camera_fps:door camera", ""},
		{"pack_hash mqtt", "", `no such check: "mqtt", want one of pack_hash, camera_dark:door, camera_dark:gate, camera_fps:door, camera`},
		{"[", "", `no such check: "[", want a check's name, or one with * and ?`},
	} {
		got, err := selftest.Select(checks, strings.Fields(c.patterns))
		text := ""
		if err != nil {
			text = err.Error()
		}
		if names := strings.Join(selftest.Names(got), " "); names != c.want || text != c.err {
			t.Errorf("%q: got %q, %q, want %q, %q", c.patterns, names, text, c.want, c.err)
		}
	}
}

func TestWatch(t *testing.T) {
	var heard []string
	results := selftest.Watch(t.Context(), []selftest.Check{
		fixed{"a", selftest.Result{Result: selftest.Pass, Value: math.NaN()}}, fixed{"b", selftest.Result{Result: selftest.Fail, Value: math.Inf(1)}},
	}, func(name string) { heard = append(heard, "started "+name) },
		func(r selftest.Result) { heard = append(heard, r.Name+" "+r.Result) })
	if want := []string{"started a", "a pass", "started b", "b fail"}; !cmp.Equal(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
	if _, err := json.Marshal(results); err != nil {
		t.Errorf("results that JSON cannot hold: %v", err)
	}
}

func TestReport(t *testing.T) {
	picture := selftest.Picture{Caption: "a < b", PNG: []byte("picture")}
	r := &selftest.Report{Time: time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC), Seed: 7}
	r.Complete(selftest.Run(t.Context(), []selftest.Check{fixed{"a", selftest.Result{Result: selftest.Pass, Pictures: []selftest.Picture{picture}}}}))
	text, digest, err := r.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); digest != hex.EncodeToString(sum[:]) {
		t.Errorf("digest %s of another text", digest)
	}
	if strings.ContainsAny(string(text), "<>") || strings.Contains(string(text), `"png"`) {
		t.Errorf("text holds what does not belong there: %s", text)
	}
	var back selftest.Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(picture.PNG)
	want := []selftest.Picture{{Check: "a", Caption: "a < b", SHA256: hex.EncodeToString(sum[:])}}
	if !cmp.Equal(back.Pictures, want) || back.Schema != selftest.ReportSchema || back.Seed != 7 || back.Result != selftest.Pass {
		t.Errorf("got %+v", back)
	}
	if string(r.Pictures[0].PNG) != "picture" {
		t.Error("the report itself lost its pictures")
	}
	r.Pictures[0].SHA256 = "0"
	if _, other, err := r.Digest(); err != nil || other == digest {
		t.Errorf("an altered picture leaves the digest as it was (%v)", err)
	}
}
