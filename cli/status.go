package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
)

type statusCmd struct {
	daemonFlags
	JSON bool `help:"Print JSON: the state as it stands on MQTT."`
}

// daemonFlags say which running daemon a command speaks with.
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
	defer daemon.Close() //nolint:errcheck // it was only asked
	state, err := daemon.State(ctx)
	if err != nil {
		return fail(exitUnavailable, "journalctl -u maskwarden", err)
	}
	if c.JSON {
		var data []byte
		if data, err = state.Encode(); err == nil {
			_, err = fmt.Fprintf(stdout, "%s\n", data)
		}
	} else {
		err = printState(stdout, &state)
	}
	return errors.Join(err, judged(&state))
}

// judged turns the state of health into the exit code; nil is operational.
func judged(s *report.State) error {
	h := &s.Health
	switch health.State(h.State) {
	case health.Operational:
		return nil
	case health.FailSafe:
		return fail(exitTestFailed, "mend what is named, then start a self-test: only that ends the alarm", fmt.Errorf("%s judges nobody: %s", s.Device, h.Reason))
	case health.Degraded:
		return fail(exitDegraded, "mend what is named", fmt.Errorf("%s is degraded: %s", s.Device, h.Reason))
	default:
		return fail(exitNotYet, "ask again in a minute", fmt.Errorf("%s is still testing itself", s.Device))
	}
}

// printState writes a state for a person.
func printState(w io.Writer, s *report.State) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	h := &s.Health
	row("device", "%s", s.Device)
	row("health", "%s since %s", h.State, moment(h.Since))
	if h.Reason != "" {
		row("why", "%s", h.Reason)
	}
	if p := h.SelfTest; p != nil {
		row("self-test", "%s at %s (%s), %d of %d checks failed, %.1f s", p.Result, moment(p.Time), p.Why, len(p.Failed), p.Checks, p.Seconds)
	}
	row("model", "%s", s.Model)
	row("version", "%s, up %s", s.Version, time.Duration(s.Uptime*float64(time.Second)).Round(time.Second))
	for _, c := range s.Cameras {
		row("camera "+c.Name, "%s, %.1f fps, %d people, %d frames, %d dropped", c.Status, c.FPS, c.People, c.Frames, c.Dropped)
		if c.Reason != "" {
			row("", "%s", c.Reason)
		}
	}
	row("outbox", "%d events waiting, %d lost", s.Spool.Queued, s.Spool.Dropped)
	for _, reason := range s.Reasons {
		if !strings.Contains(h.Reason, reason) { // that was said above
			row("amiss", "%s", reason)
		}
	}
	return t.Flush()
}

// moment writes a time for people near the camera.
func moment(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }
