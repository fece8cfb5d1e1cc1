// Package host has the checks of the machine that the cameras hang on: clock, disk, memory, heat, outbox, broker and systemd.
package host

import (
	"context"
	"sync"
	"time"
)

// Host is what the checks ask.
type Host struct {
	Now       func() time.Time // wall and monotonic; time.Now
	PackTime  time.Time        // when the model pack was written, which is not in the future; zero: not known
	Sys, Proc string           // /sys, /proc
	StateDir  string
	MinDisk   uint64        // bytes; 0: DefaultMinDisk
	MinMemory uint64        // bytes; 0: DefaultMinMemory
	DiskLimit time.Duration // for what is written to StateDir; 0: DefaultDiskLimit

	Broker    string                                       // its address; empty: none is configured
	RoundTrip func(context.Context) (time.Duration, error) // sends a message through the broker and waits for it
	Connected func() bool                                  // whether the daemon reaches the broker; nil: no daemon runs
	Outbox    func(dir string) Outbox                      // opens an outbox in a folder: OpenOutbox

	Socket   string        // systemd's NOTIFY_SOCKET; empty: not started by systemd
	Interval time.Duration // of systemd's WatchdogSec; 0: none

	storing sync.Mutex // held while the disk is written to
}

// DefaultDiskLimit is how long a few events may take to the disk and back.
const DefaultDiskLimit = 15 * time.Second
