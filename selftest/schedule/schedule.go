// Package schedule runs self-test checks next to the daemon's work: all at the start, at night and on command, and one at a
// time in between.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

const (
	gap        = time.Minute    // after the end of a full self-test before the next that was asked for may begin
	glance     = time.Minute    // the longest wait without a look at the clock, which may be set while it lasts
	longestDay = 25 * time.Hour // when the clocks are put back

	defaultLimit = 10 * time.Minute
)

// Schedule runs checks one at a time: all of them at the start, each once in every Interval, and all of them at night and
// on command. It waits after each so that on average no more than Share of the time goes to checks, counted as if
// each kept all processors busy while it runs; a full self-test is made up for by waiting longer after it.
type Schedule struct {
	Checks   []selftest.Check
	Interval time.Duration         // in which each check runs once
	Share    float64               // largest part of the time that checks take on average, above 0 to 1
	Night    time.Duration         // when the nightly self-test begins, since midnight by the local clock; negative: none
	Clock    Clock                 // nil: the machine's
	Limit    time.Duration         // a check that runs longer hangs: it fails, and is left alone until it ends; 0: 10 min
	OnResult func(selftest.Result) // called after each check, on the goroutine of Run
	OnPass   func(Pass)            // called after each full self-test that was not cut short, on the same

	requests chan request
	asks     chan struct{}
	ended    chan struct{}
	next     int                             // place of the next check
	due      time.Time                       // when it runs
	night    time.Time                       // when the nightly self-test runs; zero: never
	last     time.Time                       // when the last full self-test ended
	hung     map[string]chan selftest.Result // checks that have not ended, by name
}

// Initialize readies the schedule for Run, Full and Ask.
func (s *Schedule) Initialize() error {
	if len(s.Checks) == 0 || s.Interval <= 0 || !(s.Share > 0 && s.Share <= 1) {
		return errors.New("self-test schedule: want checks, an interval, and a share above 0 to 1")
	}
	if s.Clock == nil {
		s.Clock = machineClock{}
	}
	if s.Limit <= 0 {
		s.Limit = defaultLimit
	}
	s.hung = map[string]chan selftest.Result{}
	s.requests, s.asks, s.ended = make(chan request), make(chan struct{}, 1), make(chan struct{})
	return nil
}

// Run runs checks until ctx ends, beginning with all of them.
func (s *Schedule) Run(ctx context.Context) {
	defer close(s.ended)
	if s.Night >= 0 {
		s.night = nextNight(s.Clock.Now(), s.Night)
	}
	s.pass(ctx, AtStart, nil)
	asked := false
	for ctx.Err() == nil {
		why, wait := s.upcoming(asked)
		select {
		case <-ctx.Done():
		case q := <-s.requests:
			s.pass(ctx, OnCommand, &q)
		case <-s.asks:
			asked = true
		case <-s.Clock.After(min(wait, glance)):
			switch {
			case wait > glance: // not yet: the clock may have been set meanwhile
			case why == "":
				s.one(ctx)
			default:
				asked = asked && why != OnCommand
				s.pass(ctx, why, nil)
			}
		}
	}
}

// upcoming returns what comes next and after how long: a full self-test and why, or with "" a single check. Only the night goes by
// the clock that can be set; one that is farther away than any night was reckoned before it was set back.
func (s *Schedule) upcoming(asked bool) (why string, wait time.Duration) {
	now := s.Clock.Now()
	wait = s.due.Sub(now)
	if s.Night >= 0 {
		if s.night.Sub(now) > longestDay {
			s.night = nextNight(now, s.Night)
		}
		if until := s.night.Sub(now); until < wait {
			why, wait = AtNight, until
		}
	}
	if until := s.last.Add(gap).Sub(now); asked && until < wait {
		why, wait = OnCommand, until
	}
	return why, wait
}

// one runs the next check and sets the time of the one after it.
func (s *Schedule) one(ctx context.Context) {
	began := s.Clock.Now()
	result, ok := s.run(ctx, selftest.NewSeed(), s.next)
	if !ok {
		return
	}
	s.next = (s.next + 1) % len(s.Checks)
	s.rest(began, worked(result))
}

// rest sets when the next check runs, busy time having been spent since began.
func (s *Schedule) rest(began time.Time, busy time.Duration) {
	slot := s.Interval / time.Duration(len(s.Checks))
	s.due = began.Add(max(slot, time.Duration(float64(busy)/s.Share)))
}

// pass runs every check, with a pause after each that is as long as it took, so that frames get their turn; not at the start,
// when nothing is decided before it has ended.
func (s *Schedule) pass(ctx context.Context, why string, q *request) {
	if q != nil {
		defer close(q.results)
	}
	began := s.Clock.Now()
	if s.Night >= 0 && why == AtNight {
		s.night = nextNight(began, s.Night)
	}
	p := Pass{Why: why, Seed: selftest.NewSeed()}
	for i := range s.Checks {
		r, ok := s.run(ctx, p.Seed, i)
		if !ok {
			return
		}
		p.Results = append(p.Results, r)
		p.Busy += worked(r)
		if q != nil {
			q.results <- r // there is room for all
		}
		if why == AtStart || i == len(s.Checks)-1 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.Clock.After(worked(r)):
		}
	}
	p.Ended = s.Clock.Now()
	s.last, s.next = p.Ended, 0
	s.rest(began, p.Busy)
	if s.OnPass != nil {
		s.OnPass(p)
	}
	if q != nil {
		q.pass <- p
	}
}

// run runs check i; it is not ok when ctx has ended, for then the result says nothing.
func (s *Schedule) run(ctx context.Context, seed uint64, i int) (selftest.Result, bool) {
	r := s.within(ctx, seed, i)
	if ctx.Err() != nil {
		return r, false
	}
	if s.OnResult != nil {
		s.OnResult(r)
	}
	return r, true
}

// within runs check i, and goes on without it when it hangs: the others still run. It hangs until it ends by itself.
func (s *Schedule) within(ctx context.Context, seed uint64, i int) selftest.Result {
	c := &s.Checks[i]
	began := time.Now()
	if done, hangs := s.hung[c.Name]; hangs {
		select {
		case r := <-done:
			delete(s.hung, c.Name)
			return r
		default:
		}
	} else {
		done = make(chan selftest.Result, 1)
		go func() { done <- selftest.Run(ctx, seed, s.Checks[i:i+1])[0] }()
		late := time.NewTimer(s.Limit)
		defer late.Stop()
		select {
		case r := <-done:
			return r
		case <-late.C:
			s.hung[c.Name] = done
		}
	}
	return selftest.Result{
		Name: c.Name, Severity: c.Severity, Result: selftest.Fail, Seconds: time.Since(began).Seconds(),
		Detail: fmt.Sprintf("it has not ended after %v: it hangs", s.Limit),
		Hint:   "see what it uses: the camera, the disk or the accelerator's driver; maskwarden starts it again once it has ended",
	}
}

// worked is how long a check worked: while it only waits for pictures, frames have their turn.
func worked(r selftest.Result) time.Duration {
	return max(0, time.Duration(r.Seconds*float64(time.Second))-r.Waited)
}
