package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
)

type runCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file." env:"MASKWARDEN_CONFIG"`
}

func (c *runCmd) Run(ctx context.Context, l *logs) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return fail(exitConfig, "maskwarden config example", err)
	}
	logger := l.daemon(cfg.Log)
	restore := ignoreStrays(logger)
	defer restore()
	done := endWithin(ctx, endLimit, func() {
		os.Exit(l.explain(fail(exitFailure, "", fmt.Errorf("stopped %v after the signal before everything was put away: a disk, a driver or the broker does not answer", endLimit))))
	})
	defer done()
	d := &daemon.Daemon{Config: cfg, Version: Version(), Logger: logger, Unattended: true}
	return outcome(d.Run(ctx, nil))
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
