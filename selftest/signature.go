package selftest

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/pack"
)

// PackSignature reads the whole pack from the disk again: manifest, signature, and every file's hash.
type PackSignature struct {
	Pack *pack.Pack
	Keys []string // minisign public keys in base64 that are trusted
}

// Name implements Check.
func (PackSignature) Name() string { return "pack_signature" }

// Run implements Check. Value is the number of files.
func (c PackSignature) Run(context.Context) Result {
	const hint = "copy the whole pack again from where it was signed; if that is refused too, do not use it"
	p, err := pack.Open(c.Pack.Dir, c.Pack.Kind, c.Keys)
	if err != nil {
		return failed(err, hint)
	}
	if p.ID() != c.Pack.ID() {
		return failed(fmt.Errorf("%s holds %s, but %s runs", p.Dir, p.ID(), c.Pack.ID()), "start the daemon again, so that it runs the pack that is there")
	}
	n := float64(len(p.Manifest.Files))
	return Result{Result: Pass, Value: n, Limit: n, Unit: "files", Detail: fmt.Sprintf("signed by %s", p.Signer)}
}
