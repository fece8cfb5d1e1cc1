// Package signature signs the results of self-tests with a key of the unit's own, so that a report that was altered is found out.
package signature

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/pack"
)

// File is the unit's secret key in its state folder: made there, and of no use elsewhere.
const File = "unit.key"

// comment is the line of a signature that nothing protects.
const comment = "signature of a self-test"

// Signature is a signature and the public key that it can be verified with.
type Signature struct {
	Key       string // minisign's public key: the line of base64 that begins with RW
	Signature string // minisign's file, prehashed (https://jedisct1.github.io/minisign)
}

// Key returns the secret key in a state folder, and makes it where there is none.
func Key(stateDir string) (minisign.PrivateKey, error) {
	path := filepath.Join(stateDir, File)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return pack.MakeKey(path)
	}
	return pack.ReadOwnKey(path)
}

// Sign signs a text; the device's name stands in the part of the signature that is protected.
func Sign(key minisign.PrivateKey, device string, text []byte) (*Signature, error) {
	signature, err := pack.Signature(key, text, "self-test of "+device, comment)
	if err != nil {
		return nil, err
	}
	return &Signature{Key: fmt.Sprint(key.Public()), Signature: string(signature)}, nil
}

// Verify says whether the key signed this very text.
func (s *Signature) Verify(text []byte) error {
	key, err := pack.PublicKey(s.Key)
	if err != nil {
		return fmt.Errorf("key %w", err)
	}
	var parsed minisign.Signature
	strict := parsed.UnmarshalText([]byte(s.Signature)) == nil && parsed.UntrustedComment == comment && parsed.String() == s.Signature
	if !strict || !minisign.Verify(key, text, []byte(s.Signature)) { // strict: else its first line could be altered
		return fmt.Errorf("the key %s did not sign this: it or its signature was altered, or an older release signed its result alone", pack.ID(key.ID()))
	}
	return nil
}
