package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/selftest"
)

// compare runs the checks that measure strength on another model pack, too, and puts what they found into r as the baseline.
func (c *selftestCmd) compare(ctx context.Context, cfg *config.Config, r *selftest.Report, strength []string, logger *slog.Logger) (err error) {
	other, options := *cfg, c.options()
	if other.Classifier.Pack, err = filepath.Abs(c.Beside); err != nil {
		return err
	}
	other.Classifier.Name = "" // the flag names the pack
	options.Seed, options.Only, options.Remember = r.Seed, nil, false
	for _, check := range r.Checks {
		if check.Result != selftest.Skipped && slices.Contains(strength, check.Name) {
			options.Only = append(options.Only, check.Name)
		}
	}
	if len(options.Only) == 0 {
		return fail(exitUsage, "leave --only out", errors.New("--beside: want checks patch_… or deep_…, which measure strength"))
	}
	i := &daemon.Inspection{Config: &other, Version: Version(), Options: options, Baseline: true, Logger: logger}
	if err := i.Initialize(); err != nil {
		return fail(exitConfig, "maskwarden pack verify "+c.Beside, fmt.Errorf("--beside: %w", err))
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	found, err := i.Run(ctx, nil, nil)
	if err != nil {
		return err
	}
	r.Baseline = &selftest.Baseline{Model: found.Unit.Model, Checks: found.Checks}
	return nil
}
