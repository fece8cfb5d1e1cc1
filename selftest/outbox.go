package selftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/maskwarden/maskwarden/report/spool"
)

// Outbox is what Spool asks; spool.Spool is one.
type Outbox interface {
	Append(payload []byte)
	Peek(n int) []spool.Entry
	Ack(e spool.Entry)
	Sync() error
	Close() error
}

// Spool checks that an event put into an outbox in the state folder is there after it was closed and opened again, and gone once it was
// acknowledged. It uses a file of its own, beside the daemon's.
type Spool struct {
	Dir  string                           // state_dir; empty: there is no outbox
	Open func(dir string) (Outbox, error) // OpenSpool
}

// OpenSpool opens an outbox in a folder.
func OpenSpool(dir string) (Outbox, error) {
	s := &spool.Spool{Dir: dir}
	return s, s.Initialize()
}

// Name implements Check.
func (Spool) Name() string { return "spool" }

// Run implements Check.
func (c Spool) Run(context.Context) Result {
	if c.Dir == "" {
		return skip("no broker is configured, so nothing is kept for one")
	}
	if err := c.roundTrip(); err != nil {
		return failed(err, "see whether the disk is full, read-only or failing: dmesg, df; events of a day without a broker would be lost")
	}
	return Result{Result: Pass, Detail: "written, read and deleted in " + c.Dir}
}

func (c Spool) roundTrip() (err error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	dir, err := os.MkdirTemp(c.Dir, "selftest-")
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	const events = 3
	want := func(i int) []byte { return fmt.Appendf(nil, "self-test %d of %s", i, filepath.Base(dir)) }
	err = c.with(dir, func(o Outbox) error {
		for i := range events {
			o.Append(want(i))
		}
		return o.Sync()
	})
	if err != nil {
		return err
	}
	err = c.with(dir, func(o Outbox) error {
		entries := o.Peek(events + 1)
		if len(entries) != events {
			return fmt.Errorf("%d of %d events came back from the disk", len(entries), events)
		}
		for i, e := range entries {
			if !bytes.Equal(e.Payload, want(i)) {
				return fmt.Errorf("event %d came back from the disk altered", i)
			}
		}
		o.Ack(entries[events-1])
		return o.Sync()
	})
	if err != nil {
		return err
	}
	return c.with(dir, func(o Outbox) error {
		if left := o.Peek(1); len(left) > 0 {
			return errors.New("an event that was acknowledged came back")
		}
		return nil
	})
}

// with opens the outbox for some work.
func (c Spool) with(dir string, work func(Outbox) error) error {
	o, err := c.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(work(o), o.Close())
}
