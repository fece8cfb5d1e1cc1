package selftest

import (
	"context"

	"github.com/maskwarden/maskwarden/pack"
)

// PackHash checks that the model, in memory and on disk, is the one that its manifest names.
type PackHash struct{ Pack *pack.Pack }

// Name implements Check.
func (PackHash) Name() string { return "pack_hash" }

// Run implements Check.
func (c PackHash) Run(context.Context) Result {
	if err := c.Pack.Verify(); err != nil {
		return Result{Result: Fail, Detail: err.Error(), Hint: "the model changed after it was made: copy the whole pack again"}
	}
	return Result{Result: Pass, Detail: c.Pack.ID()}
}
