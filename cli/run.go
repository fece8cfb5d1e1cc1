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
	cfg, assets, err := load(c.Config)
	if err != nil {
		return err
	}
	d := &daemon.Daemon{
		Config: cfg, Assets: assets, Version: Version(), Logger: newLogger(stderr, cfg.Log),
	}
	return stopped(d.Run(ctx, nil))
}

// load reads a configuration and finds the assets it speaks of.
func load(path string) (*config.Config, string, error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, "", fail(exitConfig, "maskwarden config example", err)
	}
	assets, err := cfg.Assets()
	if err != nil {
		return nil, "", fail(exitConfig, "make setup, or set assets_dir", err)
	}
	return cfg, assets, nil
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
