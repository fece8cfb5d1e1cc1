package pack

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/atomicfile"
)

// comment is the only line of a signature that nothing protects, so it may be this alone: the one minisign writes unasked.
const comment = "signature from minisign secret key"

// signer returns the id of the trusted key that signed the manifest, and for what. The signature is minisign's, prehashed.
func (f *folder) signer(manifest []byte, trusted []string) (id string, _ Role, err error) {
	var keys []minisign.PublicKey
	for _, text := range trusted {
		key, err := PublicKey(text)
		if err != nil {
			return "", "", fmt.Errorf("trusted key %w", err)
		}
		keys = append(keys, key)
	}
	path := f.path(SignatureName)
	var text bytes.Buffer
	if err := f.copy(&text, SignatureName, maxSignature); err != nil {
		return "", "", fmt.Errorf("%s: %w: the pack is not signed: copy it again, or sign your own with `maskwarden pack sign %s --key FILE`", path, err, f.dir)
	}
	s, err := parseSignature(text.Bytes())
	if err != nil {
		return "", "", fmt.Errorf("%s: %w: copy the pack again, or sign your own with `maskwarden pack sign %s --key FILE`", path, err, f.dir)
	}
	var ids []string
	known := false
	for _, key := range keys {
		if minisign.Verify(key, manifest, text.Bytes()) {
			r, err := role(s.TrustedComment)
			if err != nil {
				return "", "", fmt.Errorf("%s: %w", path, err)
			}
			return ID(key.ID()), r, nil
		}
		known = known || key.ID() == s.KeyID
		ids = append(ids, ID(key.ID()))
	}
	if known {
		return "", "", fmt.Errorf("%s: it or its signature was altered after the key %s signed it: copy the whole pack again", f.path(ManifestName), ID(s.KeyID))
	}
	return "", "", fmt.Errorf("%s: signed by the key %s, want one of classifier.trusted_keys (%s): add the signer's public key there, "+
		"or give it with --trust, if you trust them", path, ID(s.KeyID), strings.Join(ids, ", "))
}

// parseSignature reads a signature in which every byte counts: one that says the same in other bytes is refused.
func parseSignature(text []byte) (s minisign.Signature, err error) {
	if err := s.UnmarshalText(text); err != nil {
		return s, err
	}
	switch {
	case s.Algorithm != minisign.HashEdDSA:
		return s, errors.New("a legacy signature, want a prehashed one (minisign without -l)")
	case s.UntrustedComment != comment:
		return s, fmt.Errorf("untrusted comment: %q, want %q", s.UntrustedComment, comment)
	case s.String() != string(text):
		return s, errors.New("not as minisign writes it")
	}
	return s, nil
}

// Sign checks the manifest and every file of the pack in the folder dir, then writes manifest.json.minisig.
func Sign(dir string, key minisign.PrivateKey, role Role) (_ *Pack, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	manifest, err := f.manifest()
	if err != nil {
		return nil, err
	}
	p, err := f.load(manifest, Float32)
	if err != nil {
		return nil, err
	}
	p.Signer, p.Role = ID(key.ID()), role
	text, err := Signature(key, manifest, role.describe(&p.Manifest), comment)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Write(f.path(SignatureName), text, 0o644); err != nil {
		return nil, fmt.Errorf("%s: %w", f.path(SignatureName), cause(err))
	}
	return p, nil
}

// Signature signs a text as minisign does, prehashed. trusted is the comment that the signature protects, untrusted the one that nothing does.
func Signature(key minisign.PrivateKey, text []byte, trusted, untrusted string) ([]byte, error) {
	r := minisign.NewReader(bytes.NewReader(text))
	if _, err := new(bytes.Buffer).ReadFrom(r); err != nil {
		return nil, err
	}
	signature := r.SignWithComments(key, trusted, untrusted)
	if public, ok := key.Public().(minisign.PublicKey); !ok || !minisign.Verify(public, text, signature) {
		return nil, fmt.Errorf("the key %s does not sign what it verifies: its file is damaged, take another key", ID(key.ID()))
	}
	return signature, nil
}
