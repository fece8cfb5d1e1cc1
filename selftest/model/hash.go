package model

import (
	"context"

	"github.com/maskwarden/maskwarden/selftest"
)

// Hash checks that the model, in memory and on disk, is the one that its manifest names.
func Hash(m *Model) selftest.Check {
	return selftest.Check{
		Name: "pack_hash", Severity: selftest.Vital,
		Asks:   "is the model in memory and on the disk the one that its manifest names?",
		Remedy: "copy the pack again; if it comes back, test memory and disk",
		Run: func(context.Context, uint64) selftest.Result {
			if err := m.Pack.Verify(); err != nil {
				return selftest.Failed(err, "the model changed after it was made: copy the whole pack again")
			}
			return selftest.Result{Result: selftest.Pass, Detail: m.Pack.ID()}
		},
	}
}
