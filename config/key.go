package config

import (
	"github.com/maskwarden/maskwarden/config/decode"
	"github.com/maskwarden/maskwarden/pack"
)

const (
	// ShippedKey signs the packs in models that are for cameras.
	ShippedKey = "RWR4vVPBceXIue5MPs4MW3zVh+TWCd19FPxOuz7yFlaHvXYZA9+4C76M"
	// LabKey signs those in models that are only compared with. No camera trusts it.
	LabKey = "RWRcRfLOdVK48x82w5p/K6X5++UZAn9nAIbBdy/v0EVzAAPlqousDgIt"
)

// The pack in models that cameras run.
const (
	shippedName    = "robust"
	shippedVersion = 2
)

// Key is a minisign public key in base64.
type Key string

// UnmarshalText sets the key.
func (k *Key) UnmarshalText(b []byte) error {
	if _, err := pack.PublicKey(string(b)); err != nil {
		return decode.WantError(k, string(b))
	}
	*k = Key(b)
	return nil
}

// Want says what a value looks like.
func (*Key) Want() string {
	return "a minisign public key, 56 characters that begin with RW, as maskwarden pack keygen prints it"
}
