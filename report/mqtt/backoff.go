package mqtt

import (
	"math/rand/v2"
	"time"
)

// backoff gives growing waits, each between half and the whole of a bound that doubles up to max. The chance in it
// keeps many cameras from coming back at the same moment.
type backoff struct {
	min, max, bound time.Duration
}

func (b *backoff) next() time.Duration {
	b.bound = min(b.max, max(b.min, 2*b.bound))
	return jitter(b.bound)
}

func (b *backoff) longest() time.Duration {
	b.bound = b.max
	return jitter(b.max)
}

func (b *backoff) reset() { b.bound = 0 }

func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1)
}
