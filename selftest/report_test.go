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
func fixed(name string, r selftest.Result) selftest.Check {
	return selftest.Check{Name: name, Run: func(context.Context, uint64) selftest.Result { return r }}
}

func TestSelect(t *testing.T) {
	var checks []selftest.Check
	for _, name := range []string{"pack_hash", "camera_dark:door", "camera_dark:gate", "camera_fps:door", "camera"} {
		checks = append(checks, fixed(name, selftest.Result{}))
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
	results := selftest.Watch(t.Context(), 1, []selftest.Check{
		fixed("a", selftest.Result{Result: selftest.Pass, Value: math.NaN()}), fixed("b", selftest.Result{Result: selftest.Fail, Value: math.Inf(1)}),
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
	results := selftest.Run(t.Context(), 7, []selftest.Check{fixed("a", selftest.Result{Result: selftest.Pass, Pictures: []selftest.Picture{picture}})})
	r.Complete(results, selftest.Summarize(results))
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
