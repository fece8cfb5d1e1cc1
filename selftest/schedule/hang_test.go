package schedule_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/schedule"
)

// TestAHungCheckStopsNoOther: it fails by name, the others run, and it runs again once it has ended.
func TestAHungCheckStopsNoOther(t *testing.T) {
	free := make(chan struct{})
	var runs atomic.Int32
	pass := func(context.Context, uint64) selftest.Result { return selftest.Result{Result: selftest.Pass} }
	results := make(chan selftest.Result, 100)
	s := &schedule.Schedule{
		Checks: []selftest.Check{
			{Name: "camera_opens", Run: func(context.Context, uint64) selftest.Result {
				runs.Add(1)
				<-free
				return selftest.Result{Result: selftest.Pass}
			}},
			{Name: "disk", Run: pass},
		},
		Interval: time.Millisecond, Share: 1, Night: -1, Limit: 20 * time.Millisecond,
		OnResult: func(r selftest.Result) { results <- r },
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	for i, want := range []struct{ name, result, detail string }{
		{"camera_opens", selftest.Fail, "it has not ended after 20ms: it hangs"},
		{"disk", selftest.Pass, ""},
		{"camera_opens", selftest.Fail, "it has not ended after 20ms: it hangs"},
		{"disk", selftest.Pass, ""},
	} {
		if r := <-results; r.Name != want.name || r.Result != want.result || r.Detail != want.detail {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if n := runs.Load(); n != 1 {
		t.Errorf("a check that hangs was started %d times", n)
	}
	close(free)
	for r := range results {
		if r.Name == "camera_opens" && r.Result == selftest.Pass {
			break
		}
		if strings.Contains(r.Detail, "hangs") && len(results) > 50 {
			t.Fatal("it hangs for ever")
		}
	}
	cancel()
	<-ended
}
