//go:build clockjump

package schedule_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/schedule"
)

// TestChaosClock sets the wall clock by years, either way, while checks run at intervals and at night: the intervals go on, and each night
// has its full self-test. It is built with a package time whose clock can be set, see mk/chaos.
func TestChaosClock(t *testing.T) {
	defer func() { time.Jump = 0 }()
	const interval, year = 20 * time.Millisecond, 365 * 24 * time.Hour
	var mu sync.Mutex
	checks, nights := 0, 0
	s := &schedule.Schedule{
		Checks:   []selftest.Check{{Name: "a", Run: func(context.Context, uint64) selftest.Result { return selftest.Result{Result: selftest.Pass} }}},
		Interval: interval, Share: 1, Night: 3 * time.Hour,
		OnResult: func(selftest.Result) { mu.Lock(); checks++; mu.Unlock() },
		OnPass: func(p schedule.Pass) {
			mu.Lock()
			defer mu.Unlock()
			if p.Why == schedule.AtNight {
				nights++
			}
		},
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	count := func(n *int) int { mu.Lock(); defer mu.Unlock(); return *n }
	more := func(what string, n *int, want int) bool {
		before := count(n)
		for end := time.Now().Add(20 * time.Second); count(n) < before+want; time.Sleep(time.Millisecond) {
			if time.Until(end) < 0 {
				t.Errorf("clock at %v: no %s in 20 s", time.Now(), what)
				return false
			}
		}
		return true
	}
	// shift moves the clock to so long before the next night, years away.
	shift := func(years int, before time.Duration) {
		now := time.Now().Round(0).Add(time.Duration(years) * year)
		night := time.Date(now.Year(), now.Month(), now.Day(), 3, 0, 0, 0, now.Location())
		time.Jump += int64(night.Add(-before).Sub(time.Now().Round(0)).Seconds())
	}
	all := []int{-50, 30, -30, 50, 20, -20, -10, 10}
	lost := 0
	for _, years := range all {
		shift(years, 2*time.Hour)
		ok := more("check", &checks, 5)
		shift(0, time.Second)
		if !more("night", &nights, 1) || !more("check", &checks, 5) || !ok {
			lost++
		}
	}
	cancel()
	<-done
	t.Logf("chaos: clock set by 10 to 50 years: self-tests by interval and by night lost | %d | %d | %d", len(all), len(all)-lost, lost)
	if n := count(&nights); n > 2*len(all) {
		t.Errorf("%d nights, want %d to %d", n, len(all), 2*len(all))
	}
}
