package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
)

type statusCmd struct {
	daemonFlags
	JSON bool `help:"Print JSON: the state as it stands on MQTT."`
}

// daemonFlags say which running daemon a command asks.
type daemonFlags struct {
	Config string `placeholder:"FILE" help:"The configuration file of the daemon." env:"MASKWARDEN_CONFIG"`
	Socket string `placeholder:"PATH" help:"The daemon's control socket, in place of control.socket."`
}

// dial connects to the daemon.
func (f *daemonFlags) dial(ctx context.Context) (*control.Client, error) {
	paths := []string{f.Socket}
	if f.Socket == "" {
		cfg, err := config.LoadOptional(f.Config)
		if err != nil {
			return nil, fail(exitConfig, "maskwarden config check", err)
		}
		paths = cfg.ControlSockets()
	}
	c, err := control.Dial(ctx, paths...)
	return c, fail(exitUnavailable, "systemctl status maskwarden, or name the daemon's configuration with --config", err)
}

func (c *statusCmd) Run(ctx context.Context, stdout io.Writer) error {
	daemon, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer daemon.Close() //nolint:errcheck // nothing was written that could be lost
	state, err := daemon.State(ctx)
	if err != nil {
		return fail(exitUnavailable, "journalctl -u maskwarden", err)
	}
	if c.JSON {
		var data []byte
		if data, err = state.Encode(); err == nil {
			_, err = fmt.Fprintf(screen.Raw(stdout), "%s\n", data)
		}
	} else {
		err = printState(stdout, &state)
	}
	return errors.Join(err, exitOf(&state))
}

// exitOf turns the state of health into the exit code; nil is operational.
func exitOf(s *report.State) error {
	switch h := &s.Health; health.State(h.State) {
	case health.Operational:
		return nil
	case health.FailSafe:
		return fail(exitTestFailed, "fix what is named, then run maskwarden selftest: only a full self-test ends the alarm",
			fmt.Errorf("%s labels nobody: %s", s.Device, first(h.Reasons)))
	case health.Degraded:
		return fail(exitDegraded, "fix what is named", fmt.Errorf("%s is degraded: %s", s.Device, first(h.Reasons)))
	default:
		return fail(exitNotYet, "ask again in a minute", fmt.Errorf("the first self-test of %s has not ended", s.Device))
	}
}

// first is what was found first, and how many more reasons there are. The hints are on the screen.
func first(reasons []report.Reason) string {
	if len(reasons) == 0 {
		return "it gives no reason"
	}
	r := reasons[0]
	r.Hint = ""
	if more := len(reasons) - 1; more > 0 {
		return fmt.Sprintf("%s (and %d more)", r, more)
	}
	return r.String()
}
