package cli

import (
	"context"
	"errors"
	"io"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
)

type runCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file." env:"MASKWARDEN_CONFIG"`
}

func (c *runCmd) Run(ctx context.Context, stderr logWriter) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return fail(exitConfig, "maskwarden config example", err)
	}
	d := &daemon.Daemon{
		Config: cfg, Version: Version(), Logger: newLogger(stderr, cfg.Log),
	}
	return stopped(d.Run(ctx, nil))
}

// stopped turns the end that a signal asked for into success.
func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// logWriter is where logs go: standard error.
type logWriter io.Writer
