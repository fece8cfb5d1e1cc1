package config

import (
	"github.com/maskwarden/maskwarden/config/decode"
	"github.com/maskwarden/maskwarden/pack"
)

// ShippedKey signs the packs in models.
const ShippedKey = "RWTiIFFGiRc+Ik9yUQ4fH4u/NNlhR6kYYq/hC7qDKb/Ht83daK/hjTLT"

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
