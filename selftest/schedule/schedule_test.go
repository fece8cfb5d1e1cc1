package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/selftest/schedule"
	"github.com/maskwarden/maskwarden/tflite"
)

// simulated is a clock on which waiting takes no time, while work takes what it takes. It calls wake before each wait.
type simulated struct {
	mu      sync.Mutex
	base    time.Time
	start   time.Time
	skipped time.Duration
	wake    func(now time.Time)
}

func newSimulated(base time.Time) *simulated { return &simulated{base: base, start: time.Now()} }

func (s *simulated) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base.Add(s.skipped + time.Since(s.start))
}

func (s *simulated) After(d time.Duration) <-chan time.Time {
	if s.wake != nil {
		s.wake(s.Now())
	}
	s.mu.Lock()
	s.skipped += max(0, d)
	s.mu.Unlock()
	ch := make(chan time.Time, 1)
	ch <- s.Now()
	return ch
}

// realChecks are those of the shipped pack, on the classifier that the daemon runs.
func realChecks(t *testing.T) []selftest.Check {
	t.Helper()
	p, err := pack.Open("../../models/robust", pack.Float32, []string{config.ShippedKey})
	if err != nil {
		t.Fatal(err)
	}
	lib, err := tflite.Open("../../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	c := &tflite.Classifier{Library: lib, Pack: p, Threads: 1, MaxBatch: 2}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	s := &defense.Smoother{Window: p.Manifest.Smoothing.Window}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := errors.Join(s.Close(), lib.Close()); err != nil {
			t.Error(err)
		}
	})
	m := &model.Model{Pack: p, Classifier: c, Smoother: s}
	return []selftest.Check{model.Hash(m), model.Answers(m), model.Smoothing(m)}
}

// TestAnHour runs one hour of the real checks in simulated time, a night and a command in it, and prints what ran when.
func TestAnHour(t *testing.T) {
	const hour, share = time.Hour, 0.02
	clock := newSimulated(time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begin := clock.Now()
	s := &schedule.Schedule{Checks: realChecks(t), Interval: 5 * time.Minute, Share: share, Night: 3*time.Hour + 20*time.Minute, Clock: clock}
	asked := false
	clock.wake = func(now time.Time) {
		if since := now.Sub(begin); since > 40*time.Minute && !asked {
			asked = true
			s.Ask()
		} else if since > hour {
			cancel()
		}
	}
	var busy, longest time.Duration
	var passes []string
	ran := map[string]int{}
	var table strings.Builder
	s.OnResult = func(r selftest.Result) {
		took := time.Duration(r.Seconds * float64(time.Second))
		busy, longest = busy+took, max(longest, took)
		ran[r.Name]++
		fmt.Fprintf(&table, "%s  %-14s %-5s %7.2f ms\n", clock.Now().Format("15:04:05"), r.Name, r.Result, 1000*r.Seconds)
		if r.Result != selftest.Pass {
			t.Errorf("got %+v", r)
		}
	}
	s.OnPass = func(p schedule.Pass) {
		passes = append(passes, p.Why)
		fmt.Fprintf(&table, "%s  full self-test (%s): %d checks in %.2f ms\n", p.Ended.Format("15:04:05"), p.Why, len(p.Results), 1000*p.Busy.Seconds())
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	before := processor(t)
	s.Run(ctx)
	used := processor(t) - before
	elapsed := clock.Now().Sub(begin)
	got := busy.Seconds() / elapsed.Seconds()
	t.Logf("in %v of simulated time:\n%sbusy %v of %v: %.4f %% of the time; %v of one core: %.4f %%; longest check %v",
		elapsed.Round(time.Second), &table, busy.Round(time.Millisecond), elapsed.Round(time.Second), 100*got,
		used.Round(time.Millisecond), 100*used.Seconds()/elapsed.Seconds(), longest)
	if got > share {
		t.Errorf("checks took %.3f of the time, want %.2f at most", got, share)
	}
	if want := []string{schedule.AtStart, schedule.AtNight, schedule.OnCommand}; !slices.Equal(passes, want) {
		t.Errorf("full self-tests %q, want %q", passes, want)
	}
	for name, n := range ran {
		if n < 12 || n > 17 { // once in 5 minutes, and 3 full passes
			t.Errorf("%s ran %d times in an hour, want 12 to 17", name, n)
		}
	}
}

// processor returns what this process has used of all cores together.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// slow is a check that keeps a processor busy.
func slow(name string, d time.Duration) selftest.Check {
	return selftest.Check{Name: name, Run: func(context.Context, uint64) selftest.Result {
		for end := time.Now().Add(d); time.Now().Before(end); {
			runtime.Gosched()
		}
		return selftest.Result{Result: selftest.Pass}
	}}
}

// TestCostlyChecksAreSpread shows that the interval gives way to the share, also after full passes.
func TestCostlyChecksAreSpread(t *testing.T) {
	clock := newSimulated(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begin := clock.Now()
	s := &schedule.Schedule{
		Checks:   []selftest.Check{slow("a", 20*time.Millisecond), slow("b", time.Millisecond)},
		Interval: time.Second, Share: 0.02, Night: -1, Clock: clock,
	}
	var busy time.Duration
	s.OnResult = func(r selftest.Result) { busy += time.Duration(r.Seconds * float64(time.Second)) }
	s.OnPass = func(p schedule.Pass) {
		if p.Why != schedule.AtStart {
			t.Errorf("a full self-test because of %s", p.Why)
		}
	}
	clock.wake = func(now time.Time) {
		if now.Sub(begin) > time.Minute {
			cancel()
		}
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	s.Run(ctx)
	elapsed := clock.Now().Sub(begin)
	if got := busy.Seconds() / elapsed.Seconds(); got > 0.0201 || got < 0.01 {
		t.Errorf("checks took %.4f of %v, want 0.01 to 0.02", got, elapsed)
	}
}

// waits is a check that mostly waits.
func waits(name string, d time.Duration) selftest.Check {
	c := slow(name, d)
	work := c.Run
	c.Run = func(ctx context.Context, seed uint64) selftest.Result {
		from := time.Now()
		r := work(ctx, seed)
		r.Waited = time.Since(from) - d/10
		return r
	}
	return c
}

// TestWaitingIsNoWork shows that a check that waits for pictures holds up the others no longer than its work does.
func TestWaitingIsNoWork(t *testing.T) {
	clock := newSimulated(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begin := clock.Now()
	s := &schedule.Schedule{Checks: []selftest.Check{waits("a", 50*time.Millisecond)}, Interval: 10 * time.Millisecond, Share: 0.05, Night: -1, Clock: clock}
	n := 0
	s.OnResult = func(selftest.Result) { n++ }
	clock.wake = func(now time.Time) {
		if now.Sub(begin) > 5*time.Second {
			cancel()
		}
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	s.Run(ctx)
	if n < 10 || n > 60 { // a tenth of 50 ms is a twentieth of 100 ms; all of it would be one of a second
		t.Errorf("%d checks in five seconds, want about 50, and more than 5", n)
	}
}

// TestFull asks for full self-tests while others run, and after the end.
func TestFull(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	passes := make(chan schedule.Pass, 8)
	s := &schedule.Schedule{
		Checks:   []selftest.Check{slow("a", time.Millisecond), slow("b", time.Millisecond), slow("c", time.Millisecond)},
		Interval: time.Hour, Share: 1, Night: -1,
		OnPass: func(p schedule.Pass) { passes <- p },
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() {
			var names []string
			p, err := s.Full(ctx, func(r selftest.Result) { names = append(names, r.Name) })
			if err != nil || len(p.Results) != 3 || p.Seed == 0 || !slices.Equal(names, []string{"a", "b", "c"}) {
				t.Errorf("got %q, %+v, %v", names, p, err)
			}
		})
	}
	callers.Wait()
	gone, leave := context.WithCancel(ctx)
	leave()
	if _, err := s.Full(gone, nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{schedule.AtStart, schedule.OnCommand, schedule.OnCommand} {
		if p := <-passes; p.Why != want || len(p.Results) != 3 || p.Busy < 3*time.Millisecond {
			t.Errorf("got %+v, want one because of %s", p, want)
		}
	}
	cancel()
	<-done
	_, err := s.Full(context.Background(), nil)
	if want := "the daemon is stopping: start it again, then repeat the self-test"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestAskedTwice shows that a button that is hammered gives one full self-test a minute.
func TestAskedTwice(t *testing.T) {
	clock := newSimulated(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begin := clock.Now()
	s := &schedule.Schedule{Checks: []selftest.Check{slow("a", 0)}, Interval: 10 * time.Second, Share: 1, Night: -1, Clock: clock}
	n := 0
	s.OnPass = func(schedule.Pass) { n++ }
	clock.wake = func(now time.Time) {
		s.Ask()
		s.Ask()
		if now.Sub(begin) > 10*time.Minute {
			cancel()
		}
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	s.Run(ctx)
	if n < 8 || n > 11 {
		t.Errorf("%d full self-tests in ten minutes, want 8 to 11", n)
	}
}

func TestRefuses(t *testing.T) {
	const want = "self-test schedule: want checks, an interval, and a share above 0 to 1"
	checks := []selftest.Check{slow("a", 0)}
	for _, s := range []*schedule.Schedule{
		{Interval: time.Hour, Share: 0.02},
		{Checks: checks, Share: 0.02},
		{Checks: checks, Interval: time.Hour},
		{Checks: checks, Interval: time.Hour, Share: 1.5},
	} {
		if err := s.Initialize(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
