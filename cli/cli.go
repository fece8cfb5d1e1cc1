// Package cli holds the commands of maskwarden, one a file.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
)

type root struct {
	Run      runCmd      `cmd:"" help:"Run the daemon with a configuration file."`
	Status   statusCmd   `cmd:"" help:"Tell how the running daemon fares."`
	Demo     demoCmd     `cmd:"" help:"Run the whole pipeline on a synthetic camera, with the truth next to each decision."`
	Config   configCmd   `cmd:"" help:"Check a configuration, or print an example."`
	Classify classifyCmd `cmd:"" help:"Find and classify the faces in pictures or videos."`
	Evaluate evaluateCmd `cmd:"" help:"Measure accuracy on labeled faces or scenes."`
	Attack   attackCmd   `cmd:"" help:"Attack the model with labeled faces: accuracy against the strength of the attack."`
	Bench    benchCmd    `cmd:"" help:"Measure speed and memory on a source."`
	Selftest selftestCmd `cmd:"" help:"Test that camera, model, defense and unit work as they did when they were made."`
	Pack     packCmd     `cmd:"" help:"Sign and verify model packs."`
	Outbox   outboxCmd   `cmd:"" help:"Read the events that wait for the broker, also where the files are damaged."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// execute runs one command and returns its exit code.
func execute(args []string, stdout io.Writer, l *logs) int {
	l.json.Store(slices.Contains(args, "--json"))
	var r root
	exited := false
	parser, err := kong.New(&r,
		kong.Name("maskwarden"),
		kong.Description("Says whether people in front of a camera wear their masks correctly."),
		kong.Writers(stdout, l.out),
		kong.Exit(func(int) { exited = true }),
		kong.UsageOnError(),
	)
	if err != nil {
		return l.end(fail(exitInternal, "", err))
	}
	command, err := parser.Parse(args)
	if exited { // help was asked for and printed
		return l.end(nil)
	}
	if err != nil {
		return l.end(fail(exitUsage, "maskwarden --help", err))
	}
	ctx, stop := interruptible(l)
	defer stop()
	command.BindTo(ctx, (*context.Context)(nil))
	out := &screen.Output{Out: stdout}
	command.BindTo(out, (*io.Writer)(nil))
	command.Bind(l, l.logger(config.Default().Log))
	err = command.Run()
	return l.end(printed(out.Failed(), err))
}

// printed is a command's end, unless what it printed was lost.
func printed(lost, err error) error {
	var v verdict
	switch {
	case lost == nil, err != nil && !errors.As(err, &v) && !errors.Is(err, lost):
		return err
	case errors.Is(lost, syscall.EPIPE): // its reader has seen enough
		return verdict(exitCannotWrite)
	}
	return fail(exitCannotWrite, "", fmt.Errorf("standard output: %w", lost))
}
