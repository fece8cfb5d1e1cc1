package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/selftest"
)

// Outbox is where events wait for the broker; outbox.Outbox is one.
type Outbox interface {
	Append(encode func(seq uint64, stored bool) []byte) (seq uint64, stored bool)
	Peek(n int) []outbox.Entry
	Ack(e outbox.Entry)
	Flush() error
	Close() error
}

// OpenOutbox opens an outbox in a folder.
func OpenOutbox(dir string) Outbox {
	o := &outbox.Outbox{Dir: dir}
	o.Initialize()
	return o
}

// Spool checks that an event put into an outbox in the state folder is there after it was closed and opened again, and gone once it was
// acknowledged. It uses a folder of its own next to the daemon's.
func Spool(h *Host) selftest.Check {
	return selftest.Check{
		Name: "spool", Severity: selftest.Fault,
		Asks:   "does an event written to `state_dir` come back, and go when it is acknowledged?",
		Remedy: "disk full, read-only or failing",
		Needs:  []selftest.Need{h.broker("no broker is configured, so no event is kept for one")},
		Run:    func(ctx context.Context, _ uint64) selftest.Result { return h.spool(ctx) },
	}
}

func (h *Host) spool(ctx context.Context) selftest.Result {
	const hint = "see whether the disk is full, read-only or failing: dmesg, df; events of a day without a broker would be lost"
	if !h.storing.TryLock() {
		return selftest.Failed(errNoAnswer, hint)
	}
	stored := make(chan error, 1)
	go func() {
		defer h.storing.Unlock()
		stored <- h.storeEvents()
	}()
	late := time.NewTimer(cmp.Or(h.DiskLimit, DefaultDiskLimit))
	defer late.Stop()
	select {
	case err := <-stored:
		if err != nil {
			return selftest.Failed(err, hint)
		}
		return selftest.Result{Result: selftest.Pass, Detail: "written, read and deleted in " + h.StateDir}
	case <-ctx.Done():
		return selftest.Failed(ctx.Err(), hint)
	case <-late.C:
		return selftest.Failed(errNoAnswer, hint)
	}
}

// errNoAnswer is that a write has not returned: nothing can end it but the disk.
var errNoAnswer = errors.New("state_dir: the disk does not answer")

func (h *Host) storeEvents() (err error) {
	if err := os.MkdirAll(h.StateDir, 0o700); err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	h.sweep()
	made, err := os.MkdirTemp(h.StateDir, folderPrefix)
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	// Root reaches the folder by its descriptor: whoever owns state_dir could put a link in the place of its name meanwhile.
	folder, err := os.OpenFile(made, syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	defer folder.Close() //nolint:errcheck // it was only passed through
	info, err := folder.Stat()
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != os.Geteuid() {
		return fmt.Errorf("state_dir: %s was replaced while it was used: see who else writes there", made)
	}
	dir := fmt.Sprintf("/proc/self/fd/%d", folder.Fd())
	defer func() {
		if err != nil { // a technician looks for the folder by its name
			err = errors.New(strings.ReplaceAll(err.Error(), dir, made))
		}
	}()
	const events = 3
	want := func(i int) []byte { return fmt.Appendf(nil, "self-test %d of %s", i, filepath.Base(made)) }
	err = h.withOutbox(dir, func(o Outbox) error {
		for i := range events {
			o.Append(func(uint64, bool) []byte { return want(i) })
		}
		return o.Flush()
	})
	if err != nil {
		return err
	}
	err = h.withOutbox(dir, func(o Outbox) error {
		entries := o.Peek(events + 1)
		if len(entries) != events {
			return fmt.Errorf("%d of %d events came back from the disk", len(entries), events)
		}
		for i, e := range entries {
			if !bytes.Equal(e.Payload, want(i)) {
				return fmt.Errorf("event %d came back from the disk altered", i)
			}
		}
		for _, e := range entries {
			o.Ack(e)
		}
		return o.Flush()
	})
	if err != nil {
		return err
	}
	return h.withOutbox(dir, func(o Outbox) error {
		if left := o.Peek(1); len(left) > 0 {
			return errors.New("an event that was acknowledged came back")
		}
		return nil
	})
}

const (
	folderPrefix = "selftest-"
	leftover     = time.Hour // age of a folder that no check uses any more
)

// sweep deletes the folders of self-tests that were killed. Those of another user stay, and no link is followed.
func (h *Host) sweep() {
	root, err := os.OpenRoot(h.StateDir)
	if err != nil {
		return // storeEvents says why
	}
	defer root.Close() //nolint:errcheck // it was only read
	entries, _ := fs.ReadDir(root.FS(), ".")
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || !strings.HasPrefix(e.Name(), folderPrefix) || time.Since(info.ModTime()) < leftover {
			continue
		}
		_ = root.RemoveAll(e.Name()) // one that stays takes a few bytes
	}
}

// withOutbox opens the outbox for some work.
func (h *Host) withOutbox(dir string, work func(Outbox) error) error {
	o := h.Outbox(dir)
	return errors.Join(work(o), o.Close())
}
