package capture

import (
	"context"
	"math/rand/v2"
	"time"
)

// Waits between attempts to reach a live source: doubled each time, for ever.
const (
	minBackoff = 500 * time.Millisecond
	maxBackoff = 30 * time.Second
)

// backoff waits ever longer, with jitter, so that many cameras do not come back to one server at the same moment.
type backoff struct {
	min, max time.Duration
	next     time.Duration
}

func (b *backoff) reset() { b.next = 0 }

// step returns the next wait: half to all of the present step, which then doubles.
func (b *backoff) step() time.Duration {
	if b.next == 0 {
		b.next = b.min
	}
	d := b.next
	b.next = min(2*d, b.max)
	return d/2 + rand.N(d/2+1)
}

// wait sleeps for a step; false if ctx ended first.
func (b *backoff) wait(ctx context.Context) bool {
	t := time.NewTimer(b.step())
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
