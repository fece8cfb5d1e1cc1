package cli

import (
	"errors"
	"path/filepath"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
)

// engineFlags say which engine a command that needs no camera works with.
type engineFlags struct {
	Config string `placeholder:"FILE" help:"Take the settings of this configuration file." env:"MASKWARDEN_CONFIG"`
	Pack   string `placeholder:"DIR" help:"Use this model pack."`
}

// open readies the engine and one pipeline; the caller runs close in the end.
func (f *engineFlags) open() (p *daemon.Pipeline, closeAll func() error, err error) {
	cfg, err := f.settings()
	if err != nil {
		return nil, nil, err
	}
	e := &daemon.Engine{Config: cfg}
	if err := e.Initialize(); err != nil {
		return nil, nil, fail(exitConfig, "make setup, or name another pack or library in the configuration", err)
	}
	p, err = e.Pipeline()
	if err != nil {
		err = errors.Join(err, e.Close())
		return nil, nil, fail(exitConfig, "make setup, or name another detector in the configuration", err)
	}
	return p, func() error { return errors.Join(p.Close(), e.Close()) }, nil
}

func (f *engineFlags) settings() (*config.Config, error) {
	cfg, err := config.LoadOptional(f.Config)
	if err != nil {
		return nil, fail(exitConfig, "maskwarden config example", err)
	}
	if f.Pack != "" {
		dir, err := filepath.Abs(f.Pack)
		if err != nil {
			return nil, err
		}
		cfg.Classifier.Pack = dir
	}
	return cfg, nil
}
