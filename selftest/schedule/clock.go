package schedule

import "time"

// Clock is the time that a Schedule goes by: the machine's, or a simulated one in which an hour of waiting takes no time.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time // gets the time once d has passed
}

// machineClock is the machine's own clock.
type machineClock struct{}

func (machineClock) Now() time.Time                         { return time.Now() }
func (machineClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
