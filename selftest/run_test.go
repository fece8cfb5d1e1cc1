package selftest_test

import (
	"context"
	"errors"
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
