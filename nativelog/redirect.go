// Package nativelog turns what C and C++ libraries print on standard output and error into log records.
package nativelog

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// closeGrace is how long Close waits for what was printed: a thread of a library may keep on printing.
const closeGrace = time.Second

// Redirect takes the process's standard output and error away from native code. There can be one in a process.
// Native code never waits for the log: where it prints much faster than can be logged, the rest is lost.
type Redirect struct {
	Redact func(uri string) string // hides the password in a URI that a library prints; may be nil

	// out
	Stdout, Stderr *os.File // the process's own, for the program itself

	logger  atomic.Pointer[slog.Logger]
	streams []*stream
	done    chan struct{}
}

// Initialize redirects both descriptors. Crashes of the program are still printed on the process's own standard error.
func (r *Redirect) Initialize() (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("redirect the output of native libraries: %w", err), r.restore())
		}
	}()
	lines := make(chan line)
	var readers sync.WaitGroup
	for _, s := range []*stream{{number: syscall.Stdout, level: slog.LevelInfo}, {number: syscall.Stderr, level: slog.LevelWarn}} {
		if err := s.redirect(); err != nil {
			return err
		}
		r.streams = append(r.streams, s)
		readers.Go(func() { s.read(lines) })
	}
	out, errs := r.streams[0], r.streams[1]
	r.Stdout, r.Stderr = out.own, errs.own
	if err := debug.SetCrashOutput(r.Stderr, debug.CrashOptions{}); err != nil {
		return err
	}
	watchCrashes(out, errs)
	r.Log(slog.New(slog.NewTextHandler(r.Stderr, nil)))
	r.done = make(chan struct{})
	go r.run(lines)
	go func() {
		readers.Wait()
		close(lines)
	}()
	return nil
}

// Log sets the logger from now on.
func (r *Redirect) Log(logger *slog.Logger) { r.logger.Store(logger) }

// run logs the lines; many that are alike become one record a second.
func (r *Redirect) run(lines <-chan line) {
	defer close(r.done)
	storms := &storms{log: r.write, kinds: map[string]*kind{}}
	defer storms.flush()
	tick := time.NewTicker(window)
	defer tick.Stop()
	for {
		select {
		case l, ok := <-lines:
			if !ok {
				return
			}
			if rec, ok := parse(l, r.Redact); ok {
				storms.add(rec, time.Now())
			}
			l.logged <- struct{}{}
		case now := <-tick.C:
			storms.tick(now)
		}
	}
}

// Close gives the descriptors back, and returns when all that was printed is logged. It may be called twice.
func (r *Redirect) Close() error {
	if r.done == nil {
		return nil
	}
	forgetCrashes()
	err := errors.Join(debug.SetCrashOutput(nil, debug.CrashOptions{}), r.restore())
	select {
	case <-r.done:
		r.done = nil
	case <-time.After(closeGrace): // some thread prints on
	}
	return err
}

func (r *Redirect) restore() error {
	var errs []error
	for _, s := range r.streams {
		errs = append(errs, s.restore())
	}
	return errors.Join(errs...)
}
