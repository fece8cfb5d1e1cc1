package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/savedmodel"
)

// engineFlags say which engine a command that needs no camera works with.
type engineFlags struct {
	Config string `placeholder:"FILE" help:"Take the settings of this configuration file." env:"MASKWARDEN_CONFIG"`
	Pack   string `placeholder:"DIR" help:"Use this model pack."`
	trustFlag
	baseline bool // a pack that is only compared with will do
}

// trustFlag says whose packs are taken.
type trustFlag struct {
	Trust []string `placeholder:"KEY" help:"Trust this minisign public key in place of classifier.trusted_keys; may be given again." sep:"none"`
}

// apply puts the keys in place of the configuration's.
func (f *trustFlag) apply(c *config.Classifier) error {
	if len(f.Trust) == 0 {
		return nil
	}
	c.TrustedKeys = make([]config.Key, len(f.Trust))
	for i, text := range f.Trust {
		if err := c.TrustedKeys[i].UnmarshalText([]byte(text)); err != nil {
			return fail(exitUsage, "maskwarden pack verify --help", fmt.Errorf("--trust: %w", err))
		}
	}
	return nil
}

// with are the same settings with another pack.
func (f engineFlags) with(pack string) engineFlags {
	f.Pack, f.baseline = pack, true
	return f
}

// comparing are the same settings, with which a baseline will do: for commands that measure and judge nobody.
func (f engineFlags) comparing() engineFlags {
	f.baseline = true
	return f
}

// open readies the engine and one pipeline; the caller runs close in the end.
func (f *engineFlags) open() (p *pipeline.Pipeline, closeAll func() error, err error) {
	cfg, err := f.settings()
	if err != nil {
		return nil, nil, err
	}
	e := &pipeline.Engine{Config: cfg, Baseline: f.baseline}
	if err := e.Initialize(); err != nil {
		return nil, nil, fail(exitConfig, wayOut(err, "make setup, or name another pack or library in the configuration"), err)
	}
	if err := e.Prove(); err != nil { // as the daemon does before it takes a frame
		err = errors.Join(err, e.Close())
		return nil, nil, fail(exitConfig, "copy pack and library again, or set classifier.delegates: [] and classifier.runtime: tflite", err)
	}
	p, err = e.NewPipeline()
	if err != nil {
		err = errors.Join(err, e.Close())
		return nil, nil, fail(exitConfig, "make setup, or name another detector in the configuration", err)
	}
	return p, func() error { return errors.Join(p.Close(), e.Close()) }, nil
}

// wayOut is what to try when an engine cannot be had: the other program where TensorFlow is missing, else otherwise.
func wayOut(err error, otherwise string) string {
	if errors.Is(err, savedmodel.ErrLite) {
		return "bin/maskwarden-tensorflow, which make build-tensorflow builds, or classifier.runtime: tflite in the configuration"
	}
	return otherwise
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
		cfg.Classifier.Pack, cfg.Classifier.Name = dir, "" // the flag says which pack is meant
	}
	return cfg, f.apply(&cfg.Classifier)
}
