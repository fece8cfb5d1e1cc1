package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// endLimit is how long the daemon has, after the signal that stops it, to put everything away.
const endLimit = 9 * time.Second

// interruptible returns a context that the first SIGINT or SIGTERM ends; the second ends the process at once.
func interruptible(l *logs) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
		case <-done:
			return
		}
		select {
		case <-signals:
			os.Exit(l.explain(fail(exitInterrupted, "", errors.New("stopped by a second signal before everything was put away"))))
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

// strays are the signals that end a program which does not ask for them: all but SIGINT, SIGTERM, SIGKILL, and those that
// the C library keeps for itself. A fault in our own code still ends the process: Go hands on only what others sent.
func strays() []os.Signal {
	s := []os.Signal{
		syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE,
		syscall.SIGUSR1, syscall.SIGSEGV, syscall.SIGUSR2, syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGSTKFLT, syscall.SIGXCPU,
		syscall.SIGXFSZ, syscall.SIGVTALRM, syscall.SIGPROF, syscall.SIGIO, syscall.SIGPWR, syscall.SIGSYS,
	}
	const firstRealtime, lastRealtime = 35, 64
	for n := firstRealtime; n <= lastRealtime; n++ {
		s = append(s, syscall.Signal(n))
	}
	return s
}

// ignoreStrays keeps stray signals from ending the daemon, and logs the first of each kind. SIGHUP is one of them: systemd would
// take the end that it brings for a clean one, and not start the daemon again.
func ignoreStrays(logger *slog.Logger) (stop func()) {
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, strays()...)
	done := make(chan struct{})
	go func() {
		logged := map[os.Signal]bool{}
		for {
			select {
			case s := <-signals:
				if !logged[s] {
					logger.Info("signal ignored: SIGTERM stops the daemon", "signal", s.String())
				}
				logged[s] = true
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
