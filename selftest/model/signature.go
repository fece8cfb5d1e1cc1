package model

import (
	"context"
	"fmt"

	"github.com/maskwarden/maskwarden/selftest"
)

// Signature reads the whole pack from the disk again: manifest, signature, and every file's hash.
func Signature(m *Model) selftest.Check {
	return selftest.Check{
		Name: "pack_signature", Severity: selftest.Vital,
		Asks:   "are manifest, signature and every file of the pack still whole and by a trusted key?",
		Remedy: "copy the whole pack again from where it was signed",
		Run:    func(context.Context, uint64) selftest.Result { return m.signature() },
	}
}

func (m *Model) signature() selftest.Result {
	p, err := m.Open(m.Pack.Dir)
	if err != nil {
		return selftest.Failed(err, "copy the whole pack again from where it was signed; if that is refused too, do not use it")
	}
	if p.ID() != m.Pack.ID() {
		return selftest.Failed(fmt.Errorf("%s holds %s, but %s runs", p.Dir, p.ID(), m.Pack.ID()), "start the daemon again, so that it runs the pack that is there")
	}
	return selftest.Result{
		Result: selftest.Pass, Quantity: "whole files", Value: float64(len(p.Manifest.Files)), Detail: "signed by " + p.Signer,
	}
}
