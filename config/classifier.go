package config

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/maskwarden/maskwarden/pack"
)

// Classifier is what judges a face, and on what it runs.
type Classifier struct {
	Pack        string     `yaml:"pack"`         // folder of a model pack
	TrustedKeys []Key      `yaml:"trusted_keys"` // the pack must be signed by one of them
	Runtime     Runtime    `yaml:"runtime"`      // what runs it
	Model       Model      `yaml:"model"`        // which of the pack's models runs; tensorflow: float32
	Library     string     `yaml:"library"`      // TensorFlow Lite's C library; tensorflow: what the self-test compares with, where it is there
	Threads     int        `yaml:"threads"`      //
	Delegates   []Delegate `yaml:"delegates"`    // tflite: in the order in which they are tried; none: TensorFlow Lite's own kernels
}

func (c *Classifier) setDefaults() {
	*c = Classifier{
		Pack: "models/robust", TrustedKeys: []Key{ShippedKey}, Runtime: TFLite, Model: Model(pack.Float32),
		Library: "libtensorflowlite.so", Threads: 2, Delegates: []Delegate{xnnpack},
	}
}

func (c *Classifier) check(at section) {
	at.need("pack", c.Pack != "", "a folder", "nothing")
	at.need("trusted_keys", len(c.TrustedKeys) > 0, "the public key of a pack's signer", "none")
	for i, k := range c.TrustedKeys {
		at.item("trusted_keys", i).self(!slices.Contains(c.TrustedKeys[:i], k), "each key once", quoted(string(k)))
	}
	at.need("model", c.Runtime != TensorFlow || c.Model == Model(pack.Float32),
		"float32 with the runtime tensorflow, which has no other", quoted(string(c.Model)))
	at.need("library", c.Library != "", "a file", "nothing")
	within(at, "threads", c.Threads, 1, 64)
	for i, d := range c.Delegates {
		at.item("delegates", i).self(!slices.Contains(c.Delegates[:i], d), "each delegate once", quoted(string(d)))
		at.item("delegates", i).self(c.Runtime != TensorFlow || d == xnnpack,
			"nothing but the default with the runtime tensorflow, which finds its devices itself", quoted(string(d)))
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

// Model is which of a pack's models runs: float32, float16 or int8.
type Model string

// UnmarshalText sets the model.
func (m *Model) UnmarshalText(b []byte) error { return oneOf(m, b, m.names()) }

func (m *Model) want() string { return either(m.names()) }

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
		return fmt.Errorf("%w%s", wantErr(d, s), meant(s, []string{"xnnpack", "gpu"}))
	}
	*d = Delegate(b)
	return nil
}

func (*Delegate) want() string { return "xnnpack, gpu or the full path of a vendor's plug-in" }
