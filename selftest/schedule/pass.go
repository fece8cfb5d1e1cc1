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
	Ended   time.Time
	Busy    time.Duration // that the checks took, without the pauses between them
	Results []selftest.Result
}

// errEnded is why a full self-test has no end: the daemon is stopping.
var errEnded = errors.New("the daemon is stopping: start it again, then repeat the self-test")

// wish is somebody waiting for the results of a full pass.
type wish struct{ results chan selftest.Result }

// Full runs a full self-test on the goroutine of Run and hands each result to each as it comes, on the caller's. It waits
// for what runs already. When ctx ends the caller is let go, while the self-test goes on.
func (s *Schedule) Full(ctx context.Context, each func(selftest.Result)) ([]selftest.Result, error) {
	w := wish{make(chan selftest.Result, len(s.Checks))}
	select {
	case s.wishes <- w:
	case <-s.ended:
		return nil, errEnded
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var all []selftest.Result
	for {
		select {
		case r, more := <-w.results:
			if !more && len(all) < len(s.Checks) {
				return all, errEnded
			}
			if !more {
				return all, nil
			}
			all = append(all, r)
			if each != nil {
				each(r)
			}
		case <-ctx.Done():
			return all, ctx.Err()
		}
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
