package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/host"
)

// askDaemon has a running daemon test itself, since it holds the cameras; done is false where none runs.
func (c *selftestCmd) askDaemon(ctx context.Context, cfg *config.Config, stdout io.Writer) (done bool, err error) {
	d, err := control.Dial(ctx, cfg.ControlSockets()...)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return true, fail(exitUnavailable, "run this as root, or as the daemon's user", err)
	case err != nil:
		return false, nil // no daemon: the test runs here
	}
	defer d.Close() //nolint:errcheck // it was only asked
	if flag := c.alone(); flag != "" {
		return true, fail(exitUsage, "leave it out, or stop the daemon first: systemctl stop maskwarden",
			fmt.Errorf("%s: a running daemon runs all checks that it can run next to its work", flag))
	}
	state, err := d.State(ctx)
	if err != nil {
		return true, fail(exitUnavailable, "journalctl -u maskwarden", err)
	}
	r := &selftest.Report{Time: time.Now().UTC().Truncate(time.Millisecond), Unit: selftest.Unit{
		Device: state.Device, Serial: host.Serial("/"), Model: state.Model, Versions: map[string]string{"maskwarden": state.Version},
	}}
	t := &screen.Table{Out: stdout, Quiet: c.JSON}
	var names []string
	outcome, results, err := d.SelfTest(ctx, func(all []string) {
		names, t.Total = all, len(all)
		t.Start(r.Unit)
		t.Started(names[0])
	}, func(found selftest.Result) {
		t.Finished(found)
		if t.Done() < len(names) {
			t.Started(names[t.Done()])
		}
	})
	if err != nil {
		return true, fail(exitUnavailable, "journalctl -u maskwarden", err)
	}
	r.Seed = outcome.Seed
	r.Complete(results, outcome.Summary)
	return true, c.report(t, r, cfg.StateDir)
}

// alone names a flag that only a self-test without a daemon can follow, "" where there is none.
func (c *selftestCmd) alone() string {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"--deep", c.Deep}, {"--only", len(c.Only) > 0}, {"--seed", c.Seed != 0}, {"--beside", c.Beside != ""},
		{"--with-frame", c.WithFrame}, {"--remember-view", c.RememberView},
	} {
		if f.set {
			return f.name
		}
	}
	return ""
}
