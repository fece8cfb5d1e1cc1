package selftest

import "context"

// NoCamera stands for the checks of cameras where there is none.
type NoCamera struct{}

// Name implements Check.
func (NoCamera) Name() string { return "camera" }

// Run implements Check.
func (NoCamera) Run(context.Context) Result {
	return skip("no camera is configured: name the daemon's configuration with --config")
}
