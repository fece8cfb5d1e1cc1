package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/maskwarden/maskwarden/selftest"
)

const (
	clockWatch = 100 * time.Millisecond
	clockDrift = 20 * time.Millisecond // that the two clocks may differ in that time; NTP slews by 0.05 ms
)

// Clock checks that the wall clock runs as fast as the monotonic one, that it is not before the time at which the model pack was written,
// and whether the kernel holds it to be synchronized. The value is the difference of the two clocks.
func Clock(h *Host) selftest.Check {
	return selftest.Check{
		Name: "clock", Severity: selftest.Fault,
		Asks:   "do both clocks of the kernel run alike; is it later than the pack; with a broker, does NTP hold it?",
		Remedy: "timedatectl, the battery of the clock chip",
		Run:    h.clock,
	}
}

func (h *Host) clock(ctx context.Context, _ uint64) selftest.Result {
	const hint = "set the time, and see what sets it: timedatectl, the battery of the clock chip"
	from := h.Now()
	monotonic := time.Now()
	select {
	case <-ctx.Done():
		return selftest.Skip(ctx.Err().Error())
	case <-time.After(clockWatch):
	}
	passed := time.Since(monotonic)
	now := h.Now()
	drift := (now.Round(0).Sub(from.Round(0)) - passed).Abs() // Round(0) leaves the wall clock alone
	r := selftest.Scale{Quantity: "jump", Unit: "s", Bound: selftest.AtMost, Fail: clockDrift.Seconds(), Hint: hint}.Grade(drift.Round(time.Millisecond).Seconds())
	switch {
	case r.Result == selftest.Fail:
		r.Detail = fmt.Sprintf("the wall clock jumped by %v", drift.Round(time.Millisecond))
	case !h.PackTime.IsZero() && now.Before(h.PackTime):
		r.Result, r.Hint = selftest.Fail, hint
		r.Detail = fmt.Sprintf("it says %s, but the model pack is from %s", now.UTC().Format(time.DateOnly), h.PackTime.UTC().Format(time.DateOnly))
	default:
		r.Detail = h.synchronized(&r)
	}
	return r
}

// ClockSet says whether anything has set the wall clock since the power came: a clock chip that knows better than the pack's time, or NTP.
func (h *Host) ClockSet() bool {
	if h.Now().Before(h.PackTime) {
		return false
	}
	chips, _ := filepath.Glob(filepath.Join(h.Sys, "class/rtc/rtc*/since_epoch")) // the pattern is well formed
	for _, chip := range chips {
		text, _ := os.ReadFile(chip) // what cannot be read has set nothing
		seconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && seconds > 0 && !time.Unix(seconds, 0).Before(h.PackTime) {
			return true
		}
	}
	held, err := synchronized()
	return err != nil || held
}

// synchronized asks the kernel, to which only NTP and PTP daemons report that they hold the clock.
func synchronized() (bool, error) {
	var t unix.Timex // no mode: it is only read
	state, err := unix.Adjtimex(&t)
	const unsynchronized = 0x0040 // STA_UNSYNC
	return state != unix.TIME_ERROR && t.Status&unsynchronized == 0, err
}

func (h *Host) synchronized(r *selftest.Result) string {
	held, err := synchronized()
	switch {
	case err != nil:
		return "whether it is synchronized is not known: " + err.Error()
	case !held:
		if h.Broker != "" {
			r.Result, r.Hint = selftest.Warn, "let systemd-timesyncd or chrony set the clock: events carry its time"
		}
		return "not synchronized"
	default:
		return "synchronized"
	}
}
