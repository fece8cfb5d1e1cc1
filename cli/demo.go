package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/demo/broker"
	"github.com/maskwarden/maskwarden/demo/terminal"
)

type demoCmd struct {
	For    time.Duration `placeholder:"20s" help:"Stop after so long and print a summary; without it, run until stopped."`
	Broker string        `placeholder:"URL" help:"Publish to this broker instead of the demo's own."`
	Listen string        `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Where the live page listens; port 0 takes a free one."`
	Source string        `default:"synthetic://?every=6s" placeholder:"URI" help:"The camera."`
	JSON   bool          `help:"Print JSON lines: a line a decision, the summary last."`
}

func (c *demoCmd) Run(ctx context.Context, stdout io.Writer, l *logs) error {
	state, err := os.MkdirTemp("", "maskwarden-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(state) }() // a temporary folder
	cfg, err := c.config(state)
	if err != nil {
		return err
	}
	t := &terminal.Terminal{Out: stdout, JSON: c.JSON}
	if cfg.MQTT.Broker == "" {
		b := &broker.Broker{OnPublish: t.Published}
		if err := b.Initialize(); err != nil {
			return err
		}
		defer b.Close()
		cfg.MQTT.Broker = config.Broker("mqtt://" + b.Addr())
	}
	if c.For > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	d := &daemon.Daemon{
		Config: cfg, Version: Version(), Logger: l.logger(cfg.Log), OnEvent: t.Event,
	}
	err = d.Run(ctx, func() { t.Hello(d.State(), d.Page()) })
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return errors.Join(outcome(err), t.Summary(d.State()))
}

// config is the default configuration with the demo's camera, broker and page.
func (c *demoCmd) config(state string) (*config.Config, error) {
	yaml := fmt.Sprintf("device: demo\nlog: {level: warn}\nstate_dir: %q\ncameras: [{name: demo, source: %q}]\nhttp: {listen: %q}\nmqtt: {broker: %q}\n",
		state, c.Source, c.Listen, c.Broker)
	cfg, err := config.Parse("demo", []byte(yaml), os.Environ())
	return cfg, fail(exitUsage, "maskwarden demo --help", err)
}
