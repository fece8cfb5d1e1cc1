package config

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/maskwarden/maskwarden/config/decode"
	"github.com/maskwarden/maskwarden/pack"
)

// Classifier is the network that classifies faces, and what it runs on.
type Classifier struct {
	Pack        string     `yaml:"pack"`         // folder of a model pack
	Name        string     `yaml:"name"`         // the pack must have this name
	MinVersion  int        `yaml:"min_version"`  // and no lower version
	TrustedKeys []Key      `yaml:"trusted_keys"` // the pack must be signed by one of them
	Runtime     Runtime    `yaml:"runtime"`      // what runs it
	Model       Model      `yaml:"model"`        // which of the pack's models runs; tensorflow: float32
	Library     string     `yaml:"library"`      // TensorFlow Lite's C library; tensorflow: what the self-test compares with, where it is there
	Threads     int        `yaml:"threads"`      //
	Delegates   []Delegate `yaml:"delegates"`    // tflite: in the order in which they are tried; none: TensorFlow Lite's own kernels
}

func (c *Classifier) setDefaults() {
	*c = Classifier{
		Pack: "models/robust", Name: shippedName, MinVersion: shippedVersion, TrustedKeys: []Key{ShippedKey}, Runtime: TFLite, Model: Model(pack.Float32),
		Library: "libtensorflowlite.so", Threads: 2, Delegates: []Delegate{xnnpack},
	}
}

func (c *Classifier) check(at decode.Section) {
	at.Need("pack", c.Pack != "", "a folder", "nothing")
	at.Need("name", c.Name != "", "the name in the pack's manifest", "nothing")
	decode.Within(at, "min_version", c.MinVersion, 1, 1_000_000_000)
	at.Need("trusted_keys", len(c.TrustedKeys) > 0, "the public key of a pack's signer", "none")
	for i, k := range c.TrustedKeys {
		at.Item("trusted_keys", i).Self(!slices.Contains(c.TrustedKeys[:i], k), "each key once", decode.Quoted(string(k)))
	}
	at.Need("model", c.Runtime != TensorFlow || c.Model == Model(pack.Float32),
		"float32 with the runtime tensorflow, which has no other", decode.Quoted(string(c.Model)))
	at.Need("library", c.Library != "", "a file", "nothing")
	decode.Within(at, "threads", c.Threads, 1, 64)
	for i, d := range c.Delegates {
		at.Item("delegates", i).Self(!slices.Contains(c.Delegates[:i], d), "each delegate once", decode.Quoted(string(d)))
		at.Item("delegates", i).Self(c.Runtime != TensorFlow || d == xnnpack,
			"nothing but the default with the runtime tensorflow, which finds its devices itself", decode.Quoted(string(d)))
	}
}

// Keys are TrustedKeys as plain text.
func (c *Classifier) Keys() []string {
	keys := make([]string, len(c.TrustedKeys))
	for i, k := range c.TrustedKeys {
		keys[i] = string(k)
	}
	return keys
}

// Accept refuses a pack that is not the one that the section names: another name, an older version, or one that is no camera's. Without a
// name, which only a command can leave out, every name and version will do.
func (c *Classifier) Accept(p *pack.Pack) error {
	m := &p.Manifest
	switch {
	case p.Role != pack.ForCamera:
		return fmt.Errorf("%s: %s was signed as a %s by the key %s, only to be compared with: put a pack there that was signed for cameras",
			p.Dir, p.ID(), p.Role, p.Signer)
	case c.Name == "":
		return nil
	case m.Name != c.Name:
		return fmt.Errorf("%s: the pack is %q, want %q: copy that pack there, or set classifier.name if this one is meant", p.Dir, m.Name, c.Name)
	case m.Version < c.MinVersion:
		return fmt.Errorf("%s: version %d of %s, want %d or newer: copy a newer pack there, or lower classifier.min_version if this one is meant",
			p.Dir, m.Version, m.Name, c.MinVersion)
	}
	return nil
}

// OpenPack opens the pack in a folder and accepts it.
func (c *Classifier) OpenPack(dir string) (*pack.Pack, error) {
	p, err := pack.Open(dir, pack.Kind(c.Model), c.Keys())
	if err != nil {
		if lab, e := pack.Open(dir, pack.Kind(c.Model), []string{LabKey}); e == nil && lab.Role == pack.Baseline {
			return nil, c.Accept(lab) // says what it is, not only that its key is unknown
		}
		return nil, err
	}
	if err := c.Accept(p); err != nil {
		return nil, err
	}
	return p, nil
}

// OpenBaseline opens a pack that is only compared with, or one that OpenPack would take. LabKey is trusted for the first alone.
func (c *Classifier) OpenBaseline(dir string) (*pack.Pack, error) {
	p, err := pack.Open(dir, pack.Kind(c.Model), append(c.Keys(), LabKey))
	if err != nil {
		return nil, err
	}
	if p.Role == pack.Baseline {
		return p, nil
	}
	return c.OpenPack(dir)
}

// Model is which of a pack's models runs: float32, float16 or int8.
type Model string

// UnmarshalText sets the model.
func (m *Model) UnmarshalText(b []byte) error { return decode.OneOf(m, b, m.names()) }

// Want says what a value looks like.
func (m *Model) Want() string { return decode.Either(m.names()) }

func (*Model) names() (names []string) {
	for _, kind := range pack.Kinds() {
		names = append(names, string(kind))
	}
	return names
}

// Delegate is what computes a model in place of TensorFlow Lite's own kernels: xnnpack, gpu, or the path of a vendor's plug-in.
type Delegate string

const xnnpack Delegate = "xnnpack" // the default

// UnmarshalText sets the delegate.
func (d *Delegate) UnmarshalText(b []byte) error {
	if s := string(b); s != "xnnpack" && s != "gpu" && !filepath.IsAbs(s) {
		return fmt.Errorf("%w%s", decode.WantError(d, s), decode.DidYouMean(s, []string{"xnnpack", "gpu"}))
	}
	*d = Delegate(b)
	return nil
}

// Want says what a value looks like.
func (*Delegate) Want() string { return "xnnpack, gpu or the full path of a vendor's plug-in" }

// Runtime is what runs the pack's model: TFLite, or TensorFlow in programs built with it.
type Runtime string

// The runtimes.
const (
	TFLite     Runtime = "tflite"     // TensorFlow Lite's C library runs the model that Classifier.Model names
	TensorFlow Runtime = "tensorflow" // TensorFlow runs the SavedModel
)

// UnmarshalText sets the runtime.
func (r *Runtime) UnmarshalText(b []byte) error { return decode.OneOf(r, b, r.names()) }

// Want says what a value looks like.
func (r *Runtime) Want() string { return decode.Either(r.names()) }

func (*Runtime) names() []string { return []string{string(TFLite), string(TensorFlow)} }
