package config_test

import (
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

const (
	tiny = "../pack/testdata/tiny"
	base = "../models/base"
)

// signed is a copy of the tiny pack, version 3, signed in a role, and the signer's public key.
func signed(t *testing.T, role pack.Role) (dir string, key config.Key) {
	t.Helper()
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir = packtest.Copy(t, tiny)
	if _, err := pack.Sign(dir, private, role); err != nil {
		t.Fatal(err)
	}
	return dir, config.Key(public.String())
}

// TestOpenPack opens packs for cameras, each signed by a trusted key or lying where the shipped one is expected.
func TestOpenPack(t *testing.T) {
	camera, cameraKey := signed(t, pack.ForCamera)
	baseline, baselineKey := signed(t, pack.Baseline)
	for _, c := range []struct {
		name    string
		dir     string
		setting config.Classifier
		want    string // empty: it opens
	}{
		{"shipped", "../models/robust", config.Classifier{Name: "robust", MinVersion: 2, TrustedKeys: []config.Key{config.ShippedKey}}, ""},
		{"the baseline in its folder", packtest.Copy(t, base),
			config.Classifier{Name: "robust", MinVersion: 2, TrustedKeys: []config.Key{config.ShippedKey}},
			"was signed as a baseline by the key F3B85275CEF2455C, only to be compared with: put a pack there that was signed for cameras"},
		{"the baseline, its key trusted", base, config.Classifier{Name: "base", MinVersion: 1, TrustedKeys: []config.Key{config.LabKey}},
			"was signed as a baseline by the key "},
		{"the baseline, any name", base, config.Classifier{TrustedKeys: []config.Key{config.ShippedKey}}, "was signed as a baseline by the key "},
		{"named", camera, config.Classifier{Name: "tiny", MinVersion: 3, TrustedKeys: []config.Key{cameraKey}}, ""},
		{"any name", camera, config.Classifier{MinVersion: 9, TrustedKeys: []config.Key{cameraKey}}, ""},
		{"another name", camera, config.Classifier{Name: "robust", MinVersion: 1, TrustedKeys: []config.Key{cameraKey}},
			`the pack is "tiny", want "robust": copy that pack there, or set classifier.name if this one is meant`},
		{"too old", camera, config.Classifier{Name: "tiny", MinVersion: 4, TrustedKeys: []config.Key{cameraKey}},
			"version 3 of tiny, want 4 or newer: copy a newer pack there, or lower classifier.min_version if this one is meant"},
		{"a baseline by a trusted key", baseline, config.Classifier{Name: "tiny", MinVersion: 1, TrustedKeys: []config.Key{baselineKey}},
			"was signed as a baseline by the key "},
		{"an unknown key", camera, config.Classifier{Name: "tiny", MinVersion: 1, TrustedKeys: []config.Key{config.ShippedKey}},
			"want one of classifier.trusted_keys ("},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.setting.Model = config.Model(pack.Float32)
			p, err := c.setting.OpenPack(c.dir)
			if c.want == "" && (err != nil || p.Role != pack.ForCamera) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && (p != nil || !strings.HasPrefix(err.Error(), c.dir)) {
				t.Errorf("got the pack %v and %v", p, err)
			}
		})
	}
}

// TestOpenBaseline: what is only compared with opens beside what a camera runs, and no more.
func TestOpenBaseline(t *testing.T) {
	camera, key := signed(t, pack.ForCamera)
	unknown, _ := signed(t, pack.Baseline)
	for _, c := range []struct {
		dir  string
		key  config.Key
		role pack.Role // empty: refused
	}{
		{base, config.ShippedKey, pack.Baseline},
		{"../models/robust", config.ShippedKey, pack.ForCamera},
		{camera, key, pack.ForCamera},
		{camera, config.ShippedKey, ""},
		{unknown, config.ShippedKey, ""},
	} {
		s := config.Classifier{TrustedKeys: []config.Key{c.key}, Model: config.Model(pack.Float32)}
		p, err := s.OpenBaseline(c.dir)
		if c.role == "" && err == nil || c.role != "" && (err != nil || p.Role != c.role) {
			t.Errorf("%s: got %v, want %q", c.dir, err, c.role)
		}
	}
}

// TestKeyRotation: while the old and the new key are trusted, packs of both open; once the old one is taken away, only the new one's.
func TestKeyRotation(t *testing.T) {
	before, oldKey := signed(t, pack.ForCamera)
	after, newKey := signed(t, pack.ForCamera)
	for _, c := range []struct {
		trusted     []config.Key
		before, now bool
	}{
		{[]config.Key{oldKey}, true, false},
		{[]config.Key{oldKey, newKey}, true, true},
		{[]config.Key{newKey}, false, true},
	} {
		s := config.Classifier{Name: "tiny", MinVersion: 1, TrustedKeys: c.trusted, Model: config.Model(pack.Float32)}
		_, errBefore := s.OpenPack(before)
		_, errNow := s.OpenPack(after)
		if (errBefore == nil) != c.before || (errNow == nil) != c.now {
			t.Errorf("%d keys: the old signature gave %v, the new one %v", len(c.trusted), errBefore, errNow)
		}
	}
}
