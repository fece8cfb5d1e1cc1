// Package supervisor runs the daemon as a process of its own. A thread that waits for a frozen disk or a driver in the kernel keeps its
// process from ending, even by SIGKILL; the supervisor touches neither, and leaves such a daemon behind.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// parentFD is the daemon's end of a pipe that ends when it is to stop.
const parentFD = 3

// Supervisor starts this program again with other arguments.
type Supervisor struct {
	Args           []string
	Stdout, Stderr *os.File      // the daemon's
	Limit          time.Duration // how long the daemon may take to end
	Logger         *slog.Logger
}

// A daemon that a signal or a panic ended is begun again after a pause, which doubles while it does not last.
const (
	shortest = time.Second
	longest  = time.Minute
	lasting  = 10 * time.Minute
)

// ErrLeft is that the daemon has not ended within the limit.
var ErrLeft = errors.New("a disk, a driver or the broker does not answer")

// Signaled is that the daemon was ended by a signal.
type Signaled syscall.Signal

func (s Signaled) Error() string {
	return "the daemon was ended by the signal " + syscall.Signal(s).String()
}

// panicked is the exit code of a Go program that panics, or that gets no memory or thread.
const panicked = 2

// startError is why a daemon could not be started.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

// Run starts the daemon, starts it again when a signal or a panic ended it, stops it when ctx ends, and returns its exit code. With the
// thread that called Run, the daemon ends, too.
func (s *Supervisor) Run(ctx context.Context) (code int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ran := false
	for pause := shortest; ; pause = min(2*pause, longest) {
		began := time.Now()
		code, err = s.once(ctx)
		var crash Signaled
		var start startError
		if time.Since(began) > lasting {
			pause = shortest
		}
		switch {
		case ctx.Err() != nil:
			return code, err
		case errors.As(err, &crash):
			s.Logger.Error("the daemon was ended by a signal, it is begun again", "signal", syscall.Signal(crash).String(), "after", pause)
		case err == nil && code == panicked:
			s.Logger.Error("the daemon was ended by a panic, it is begun again", "after", pause)
		case ran && errors.As(err, &start): // it worked before: there are too many processes, say
			s.Logger.Error("the daemon cannot be started, it is tried again", "error", err, "after", pause)
		default:
			return code, err
		}
		ran = true
		select {
		case <-ctx.Done():
			return 0, nil
		case <-time.After(pause):
		}
	}
}

// once runs the daemon until it ends.
func (s *Supervisor) once(ctx context.Context) (code int, err error) {
	argv, err := decode.Program(s.Args...)
	if err != nil {
		return 0, err
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return 0, startError{fmt.Errorf("start the daemon: %w", err)}
	}
	defer ours.Close() //nolint:errcheck // its end is all that it says
	systemd, err := newRelay()
	if err != nil {
		return 0, startError{errors.Join(err, theirs.Close())}
	}
	defer systemd.close()
	c := exec.Command(argv[0], argv[1:]...)
	c.Stdout, c.Stderr, c.ExtraFiles = s.Stdout, s.Stderr, []*os.File{theirs}
	c.Env = systemd.environment()
	// A terminal's Ctrl-C is for us.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err = errors.Join(c.Start(), theirs.Close())
	if err != nil {
		return 0, startError{fmt.Errorf("start the daemon: %w", err)}
	}
	if systemd != nil {
		go systemd.run(c.Process.Pid)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err = <-ended:
		return result(err)
	case <-ctx.Done():
	}
	_ = ours.Close()
	select {
	case err = <-ended:
		return result(err)
	case <-time.After(s.Limit):
		_ = c.Process.Kill() // it may have ended by now
		return 0, fmt.Errorf("stopped %v after the signal before everything was put away: %w", s.Limit, ErrLeft)
	}
}

// result is how the daemon ended.
func result(err error) (code int, _ error) {
	var exit *exec.ExitError
	if err == nil || !errors.As(err, &exit) {
		return 0, err
	}
	if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 0, Signaled(w.Signal())
	}
	return exit.ExitCode(), nil
}

// Stopping returns a context that the supervisor ends, for the daemon.
func Stopping(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	syscall.CloseOnExec(parentFD)
	parent := os.NewFile(parentFD, "supervisor")
	go func() {
		_, _ = parent.Read(make([]byte, 1)) // nothing is ever written
		cancel()
	}()
	return ctx
}
