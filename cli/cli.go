// Package cli holds the commands of maskwarden, one a file.
package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/maskwarden/maskwarden/config"
)

type root struct {
	Run      runCmd      `cmd:"" help:"Run the daemon with a configuration file."`
	Status   statusCmd   `cmd:"" help:"Tell how the running daemon fares."`
	Demo     demoCmd     `cmd:"" help:"Run the whole pipeline on a synthetic camera, with the truth beside each decision."`
	Config   configCmd   `cmd:"" help:"Check a configuration, or print an example."`
	Classify classifyCmd `cmd:"" help:"Find and judge the faces in pictures or videos."`
	Evaluate evaluateCmd `cmd:"" help:"Measure accuracy on labeled faces or scenes."`
	Bench    benchCmd    `cmd:"" help:"Measure speed and memory on a source."`
	Selftest selftestCmd `cmd:"" help:"Prove that camera, model, defense and unit work as they did when they were made."`
	Pack     packCmd     `cmd:"" help:"Sign and verify model packs."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// Main runs one command and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	var r root
	exited := false
	parser, err := kong.New(&r,
		kong.Name("maskwarden"),
		kong.Description("Tells whether people in front of a camera wear their masks correctly."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.UsageOnError(),
	)
	if err != nil {
		return explain(stderr, fail(exitInternal, "", err), false)
	}
	command, err := parser.Parse(args)
	if exited { // help was asked for and printed
		return exitOK
	}
	if err != nil {
		return explain(stderr, fail(exitUsage, "maskwarden --help", err), false)
	}
	ctx, stop := interruptible(stderr)
	defer stop()
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	command.BindTo(stderr, (*logWriter)(nil))
	command.Bind(newLogger(stderr, config.Default().Log))
	return explain(stderr, command.Run(), slices.Contains(args, "--json"))
}

// interruptible returns a context that the first SIGINT or SIGTERM ends; the second ends the process at once.
func interruptible(stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
		case <-done:
			return
		}
		select {
		case <-signals:
			fmt.Fprintln(stderr, "Error: stopped by a second signal before everything was put away")
			os.Exit(exitInterrupted)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

// newLogger logs to stderr; under systemd the journal has its own clock, so the time is left out.
func newLogger(w io.Writer, c config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level.Slog()}
	if os.Getenv("JOURNAL_STREAM") != "" {
		options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
