package selftest

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Clock checks that the wall clock runs as fast as the monotonic one, does not lie before what is on the disk, and whether the kernel
// holds it to be synchronized.
type Clock struct {
	Now    func() time.Time // wall and monotonic; time.Now
	Since  func(time.Time) time.Duration
	After  time.Time // when something was made that cannot be from the future; zero: not checked
	Synced bool      // somebody relies on the time, so it must be synchronized
}

const (
	clockWatch = 100 * time.Millisecond
	clockDrift = 20 * time.Millisecond // that the two clocks may differ in that time; NTP slews by 0.05 ms
)

// Name implements Check.
func (Clock) Name() string { return "clock" }

// Run implements Check. Value is the wall clock's deviation from the monotonic one.
func (c Clock) Run(ctx context.Context) Result {
	r := Result{Result: Fail, Limit: clockDrift.Seconds(), Unit: "s", Hint: "set the time, and see what sets it: timedatectl, the battery of the clock chip"}
	from := c.Now()
	wall := from.Round(0) // without the monotonic reading
	select {
	case <-ctx.Done():
		return skip(ctx.Err().Error())
	case <-time.After(clockWatch):
	}
	now := c.Now()
	passed := c.Since(from)
	drift := (now.Round(0).Sub(wall) - passed).Abs()
	r.Value = rounded(drift.Round(time.Millisecond).Seconds())
	switch {
	case drift > clockDrift:
		r.Detail = fmt.Sprintf("the wall clock jumped by %v", drift.Round(time.Millisecond))
	case !c.After.IsZero() && now.Before(c.After):
		r.Detail = fmt.Sprintf("it says %s, but the model pack is from %s", now.UTC().Format(time.DateOnly), c.After.UTC().Format(time.DateOnly))
	default:
		r.Result, r.Hint = Pass, ""
		r.Detail = c.synchronized(&r)
	}
	return r
}

// synchronized asks the kernel, which only NTP and PTP daemons tell that they hold the clock.
func (c Clock) synchronized(r *Result) string {
	var t unix.Timex // no mode: it is only read
	state, err := unix.Adjtimex(&t)
	const unsynchronized = 0x0040 // STA_UNSYNC
	switch {
	case err != nil:
		return "whether it is synchronized is not known: " + err.Error()
	case state == unix.TIME_ERROR || t.Status&unsynchronized != 0:
		if c.Synced {
			r.Result, r.Hint = Warn, "let systemd-timesyncd or chrony set the clock: events carry its time"
		}
		return "nobody synchronizes it"
	default:
		return "synchronized"
	}
}
