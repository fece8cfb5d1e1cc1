package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/atomicfile"
	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/htmlreport"
	"github.com/maskwarden/maskwarden/selftest/signature"
)

type selftestCmd struct {
	engineFlags
	JSON         bool     `help:"Print the report as JSON."`
	HTML         string   `placeholder:"REPORT.html" help:"Write the report, with pictures, as one printable file."`
	Only         []string `placeholder:"CHECK" help:"Run these checks only: a name of --list, or one with * such as camera_*; may be given again."`
	List         bool     `help:"Print the names of the checks and run none."`
	Deep         bool     `help:"Attack the model on this unit, too, knowing its weights: one to three minutes; needs bin/maskwarden-tensorflow."`
	Seed         uint64   `placeholder:"N" help:"Draw places, angles and light of the patches from this number, 1 or more; without it from another each time."`
	Beside       string   `placeholder:"DIR" help:"Show next to it what this other model pack withstands, such as the undefended models/base."`
	Watch        bool     `help:"Test again and again until Ctrl-C; with --only camera_* it shows what turning, cleaning or lighting does."`
	Verify       string   `placeholder:"REPORT.html" help:"Test nothing: check whether this report is as the unit signed it."`
	UnitKey      string   `placeholder:"KEY" help:"With --verify: the public key that must have signed it."`
	WithFrame    bool     `help:"Put what the cameras see into the HTML report."`
	RememberView bool     `help:"Remember what the cameras see now; later tests show whether one was moved."`
}

// Run ends with the exit code of the self-test's result, see resultExit.
func (c *selftestCmd) Run(ctx context.Context, stdout io.Writer, logger *slog.Logger) error {
	if c.Verify != "" {
		return c.verifyReport(stdout)
	}
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	switch {
	case c.WithFrame && c.HTML == "":
		return fail(exitUsage, "--html report.html --with-frame", errors.New("--with-frame: the picture stands in the HTML report only"))
	case c.UnitKey != "":
		return fail(exitUsage, "--verify report.html --unit-key KEY", errors.New("--unit-key: only a report can be signed with it"))
	case c.Watch && !c.List:
		return watch(ctx, stdout, func() error { return c.test(ctx, cfg, stdout, logger) })
	}
	return c.test(ctx, cfg, stdout, logger)
}

// test tests once, or lists the checks.
func (c *selftestCmd) test(ctx context.Context, cfg *config.Config, stdout io.Writer, logger *slog.Logger) (err error) {
	if !c.List {
		if done, err := c.askDaemon(ctx, cfg, stdout); done {
			return err
		}
	}
	if outbox.InUse(cfg.StateDir) {
		return fail(exitUnavailable, "stop the daemon first: systemctl stop maskwarden",
			fmt.Errorf("a daemon runs with state_dir %s, and holds its cameras", cfg.StateDir))
	}
	i := &daemon.Inspection{Config: cfg, Version: Version(), Options: c.options(), Logger: logger}
	if err := i.Initialize(); err != nil {
		return c.refused(err)
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if c.List {
		for _, name := range i.Checks() {
			fmt.Fprintln(stdout, name)
		}
		return nil
	}
	t := &screen.Table{Out: stdout, Total: len(i.Checks()), Quiet: c.JSON}
	t.Start(i.Unit())
	r, err := i.Run(ctx, t.Started, t.Finished)
	if err != nil {
		return err
	}
	if c.Beside != "" {
		if err := c.compare(ctx, cfg, r, i.Strength(), logger); err != nil {
			return err
		}
	}
	return c.report(t, r, cfg.StateDir)
}

// report prints the report, writes it where it was asked for, and ends with its exit code.
func (c *selftestCmd) report(t *screen.Table, r *selftest.Report, stateDir string) error {
	text, digest, err := r.Digest()
	if err != nil {
		return fail(exitInternal, "", err)
	}
	if c.JSON {
		if _, err := fmt.Fprintf(screen.Raw(t.Out), "%s\n", text); err != nil {
			return err
		}
	} else if err := t.Summary(r); err != nil {
		return err
	}
	if c.HTML != "" {
		signer, err := c.save(r, stateDir)
		if err != nil {
			return fail(exitCannotWrite, "name a file in a folder that can be written", fmt.Errorf("--html: %w", err))
		}
		t.Saved(c.HTML, digest, signer)
	}
	if code := resultExit(r.Summary.Result); code != exitOK {
		return verdict(code)
	}
	return nil
}

// resultExit is the exit code of a self-test's result.
func resultExit(result string) int {
	switch result {
	case selftest.Pass:
		return exitOK
	case selftest.Warn, selftest.Degraded:
		return exitDegraded
	default:
		return exitTestFailed
	}
}

func (c *selftestCmd) options() selftest.Options {
	seed := c.Seed
	if seed == 0 {
		seed = selftest.NewSeed()
	}
	return selftest.Options{Only: c.Only, Seed: seed, Deep: c.Deep, Pictures: c.HTML != "", Frame: c.WithFrame, Remember: c.RememberView}
}

// refused distinguishes a wrong --only, and a --deep that this program cannot do, from an engine that cannot be opened.
func (c *selftestCmd) refused(err error) error {
	if c.Deep && errors.Is(err, savedmodel.ErrLite) {
		return fail(exitUnavailable, "or leave --deep out", fmt.Errorf("--deep: %w", err))
	}
	if errors.Is(err, selftest.ErrNoCheck) {
		return fail(exitUsage, "maskwarden selftest --list", fmt.Errorf("--only: %w", err))
	}
	return fail(exitConfig, wayOut(err, "make setup, or name another pack, library or detector in the configuration"), err)
}

// save writes the report, and returns by which key it is signed, or why by none.
func (c *selftestCmd) save(r *selftest.Report, stateDir string) (signer string, err error) {
	sign := (*minisign.PrivateKey)(nil)
	if key, err := signature.Key(stateDir); err != nil {
		signer = "not signed: " + err.Error()
	} else {
		signer, sign = fmt.Sprintf("signed with the unit's key %s", key.Public()), &key
	}
	var page bytes.Buffer
	if err := htmlreport.Write(&page, r, sign); err != nil {
		return "", err
	}
	mode := fs.FileMode(0o644)
	if len(r.Pictures) > 0 { // of a place, and maybe of people
		mode = 0o600
	}
	return signer, atomicfile.Write(c.HTML, page.Bytes(), mode)
}
