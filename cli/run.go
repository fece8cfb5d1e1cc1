package cli

import (
	"context"
	"errors"
	"log/slog"

	"github.com/maskwarden/maskwarden/cli/supervisor"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/memory"
)

type runCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file." env:"MASKWARDEN_CONFIG"`
	Worker bool   `hidden:"" help:"Be the process that the supervisor starts."`
}

// worker is the argument that makes the program one.
const worker = "--worker"

func (c *runCmd) Run(ctx context.Context, l *logs) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return fail(exitConfig, "maskwarden config example", err)
	}
	logger := l.daemon(cfg.Log)
	restore := ignoreStrays(logger)
	defer restore()
	switch {
	case c.Worker:
		ctx = supervisor.Stopping(ctx)
	case l.native != nil: // tests share their process
		return c.supervise(ctx, l, logger)
	}
	d := &daemon.Daemon{Config: cfg, Version: Version(), Logger: logger, Unattended: true}
	return outcome(d.Run(ctx, nil))
}

// supervise runs the daemon in a process of its own, and ends as it does. It has said what there is to say.
func (c *runCmd) supervise(ctx context.Context, l *logs, logger *slog.Logger) error {
	s := &supervisor.Supervisor{
		Args: []string{"run", "--config", c.Config, worker}, Stdout: l.native.Stdout, Stderr: l.native.Stderr, Limit: endLimit, Logger: logger,
	}
	if err := memory.Trim(); err != nil { // as in the daemon, no reason to end
		logger.Warn("memory was not trimmed", "error", err)
	}
	code, err := s.Run(ctx)
	if err != nil {
		return err
	}
	if code != exitOK {
		return verdict(code)
	}
	return nil
}

// outcome turns the end that a signal asked for into success, and a start that failed into its exit code.
func outcome(err error) error {
	var start *daemon.StartError
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &start):
		return fail(exitConfig, wayOut(err, "fix what the error names, in the configuration or where it points"), err)
	default:
		return err
	}
}
