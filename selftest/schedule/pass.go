package schedule

import (
	"context"
	"errors"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
)

// Why a full self-test ran.
const (
	AtStart   = "start"
	AtNight   = "night"
	OnCommand = "command"
)

// Pass is a full self-test: every check, one after the other.
type Pass struct {
	Why     string // AtStart, AtNight or OnCommand
	Seed    uint64 // of all that its checks drew at random
	Ended   time.Time
	Busy    time.Duration // that the checks took, without the pauses between them
	Results []selftest.Result
}

// errEnded is why a full self-test has no end: the daemon is stopping.
var errEnded = errors.New("the daemon is stopping: start it again, then repeat the self-test")

// request is somebody waiting for a full self-test.
type request struct {
	results chan selftest.Result // closed after the last
	pass    chan Pass            // gets the whole, unless it was cut short
}

// Full runs a full self-test on the goroutine of Run and hands each result to each as it comes, on the caller's. It waits
// for what runs already. When ctx ends it returns, while the self-test goes on.
func (s *Schedule) Full(ctx context.Context, each func(selftest.Result)) (Pass, error) {
	q := request{make(chan selftest.Result, len(s.Checks)), make(chan Pass, 1)}
	select {
	case s.requests <- q:
	case <-s.ended:
		return Pass{}, errEnded
	case <-ctx.Done():
		return Pass{}, ctx.Err()
	}
	for {
		select {
		case r, more := <-q.results:
			if !more {
				return q.whole()
			}
			if each != nil {
				each(r)
			}
		case <-ctx.Done():
			return Pass{}, ctx.Err()
		}
	}
}

// whole is the self-test once its results have ended.
func (q request) whole() (Pass, error) {
	select {
	case p := <-q.pass:
		return p, nil
	default:
		return Pass{}, errEnded
	}
}

// Ask wants a full self-test soon, and returns at once. It starts when the last one ended Gap ago; who asks again before
// that gets the same one. So nobody who may only press a button can keep the camera busy with it.
func (s *Schedule) Ask() {
	select {
	case s.asks <- struct{}{}:
	default:
	}
}
