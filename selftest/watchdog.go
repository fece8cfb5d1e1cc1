package selftest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Watchdog checks that systemd, which starts the daemon again when it hangs, can be told that it does not.
type Watchdog struct {
	Socket   string        // NOTIFY_SOCKET; empty: not started by systemd
	Interval time.Duration // of WatchdogSec; 0: none
}

// Name implements Check.
func (Watchdog) Name() string { return "watchdog" }

// Run implements Check. Value is the watchdog's interval.
func (c Watchdog) Run(context.Context) Result {
	if c.Socket == "" {
		return skip("not started by systemd; the daemon's watchdog can be tested in the daemon only")
	}
	if err := c.tell(); err != nil {
		return failed(err, "take the unit file from systemd/ again: Type=notify, and nothing that hides NOTIFY_SOCKET")
	}
	r := Result{Result: Pass, Value: c.Interval.Seconds(), Unit: "s", Detail: "systemd hears"}
	if c.Interval == 0 {
		r.Result, r.Detail, r.Hint = Warn, "systemd hears, but would wait for ever", "set WatchdogSec= in the unit"
	}
	return r
}

// tell sends a status, which changes nothing (sd_notify(3)).
func (c Watchdog) tell() (err error) {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: c.Socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("systemd's socket: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.Write([]byte("STATUS=self-test")); err != nil {
		return fmt.Errorf("systemd's socket: %w", err)
	}
	return nil
}
