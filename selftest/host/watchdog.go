package host

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/maskwarden/maskwarden/selftest"
)

// Watchdog checks that systemd, which restarts the daemon when it hangs, receives its messages. The value is the watchdog's interval.
func Watchdog(h *Host) selftest.Check {
	return selftest.Check{
		Name: "watchdog", Severity: selftest.Fault,
		Asks:   "does systemd receive the daemon's messages?",
		Remedy: "take the unit file from `systemd/` again",
		Needs: []selftest.Need{{Name: "a start by systemd", Lacks: func() string {
			if h.Socket == "" {
				return "not started by systemd; the daemon's watchdog can be tested in the daemon only"
			}
			return ""
		}}},
		Run: func(context.Context, uint64) selftest.Result { return h.watchdog() },
	}
}

func (h *Host) watchdog() selftest.Result {
	if err := h.notify(); err != nil {
		return selftest.Failed(err, "take the unit file from systemd/ again: Type=notify, and nothing that hides NOTIFY_SOCKET")
	}
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "watchdog interval", Value: h.Interval.Seconds(), Unit: "s", Detail: "systemd receives the daemon's messages",
	}
	if h.Interval == 0 {
		r.Result, r.Detail, r.Hint = selftest.Warn, "systemd has no watchdog for the daemon, and would wait for ever", "set WatchdogSec= in the unit"
	}
	return r
}

// notify sends a status, which changes nothing (sd_notify(3)).
func (h *Host) notify() (err error) {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: h.Socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("systemd's socket: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.Write([]byte("STATUS=self-test")); err != nil {
		return fmt.Errorf("systemd's socket: %w", err)
	}
	return nil
}
