package selftest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/selftest"
)

// TestRun shows what the runner adds to what a check found, and when it runs none.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	lacking := ""
	var seeds []uint64
	check := selftest.Check{
		Name: "mqtt", Severity: selftest.Drift,
		Needs: []selftest.Need{{Name: "a broker", Lacks: func() string { return lacking }}},
		Run: func(_ context.Context, seed uint64) selftest.Result {
			seeds = append(seeds, seed)
			return selftest.Failed(errors.New("no answer"), "see the broker")
		},
	}
	run := func() selftest.Result {
		r := selftest.Run(ctx, uint64(7+len(seeds)), []selftest.Check{check})[0]
		r.Seconds = 0
		return r
	}
	want := selftest.Result{Name: "mqtt", Severity: selftest.Drift, Result: selftest.Fail, Detail: "no answer", Hint: "see the broker"}
	if got := run(); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	lacking = "no broker is configured"
	want = selftest.Result{Name: "mqtt", Severity: selftest.Drift, Result: selftest.Skipped, Detail: lacking, NotApplicable: true}
	if got := run(); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	lacking = ""
	ask := check.Run
	check.Run = func(ctx context.Context, seed uint64) selftest.Result { cancel(); return ask(ctx, seed) }
	want = selftest.Result{Name: "mqtt", Severity: selftest.Drift, Result: selftest.Skipped, Detail: "context canceled"}
	for range 2 { // interrupted while it runs, and before
		if got := run(); !cmp.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if !cmp.Equal(seeds, []uint64{7, 8}) {
		t.Errorf("run with the seeds %v, want 7 and 8", seeds)
	}
}

// TestScarcity: a vital check that finds no file left to open has found nothing wrong, and does not end in fail_safe. Others fail until they pass.
func TestScarcity(t *testing.T) {
	for _, c := range []struct {
		severity selftest.Severity
		err      error
		want     string
	}{
		{selftest.Vital, syscall.EMFILE, selftest.Skipped},
		{selftest.Vital, syscall.ENOMEM, selftest.Skipped},
		{selftest.Vital, syscall.EIO, selftest.Fail},
		{selftest.Fault, syscall.EMFILE, selftest.Fail},
	} {
		r := selftest.Run(t.Context(), 1, []selftest.Check{{Name: "pack", Severity: c.severity, Run: func(context.Context, uint64) selftest.Result {
			return selftest.Failed(fmt.Errorf("a/model: %w", c.err), "copy it again")
		}}})[0]
		if r.Result != c.want || r.NotApplicable || !strings.Contains(r.Detail, "a/model: "+c.err.Error()) {
			t.Errorf("%v for want of %v: %+v", c.severity, c.err, r)
		}
	}
}

func TestNewSeed(t *testing.T) {
	seen := map[uint64]bool{}
	for range 100 {
		s := selftest.NewSeed()
		if s == 0 || s > 1<<32 || seen[s] {
			t.Fatalf("got the seed %d (again: %t)", s, seen[s])
		}
		seen[s] = true
	}
}
