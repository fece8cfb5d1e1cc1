package config

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Classifier is what judges a face, and on what it runs.
type Classifier struct {
	Pack      string     `yaml:"pack"`      // folder of a model pack
	Library   string     `yaml:"library"`   // TensorFlow Lite's C library
	Threads   int        `yaml:"threads"`   //
	Delegates []Delegate `yaml:"delegates"` // in the order in which they are tried; none: TensorFlow Lite's own kernels
}

func (c *Classifier) setDefaults() {
	*c = Classifier{Pack: "models/first", Library: "libtensorflowlite.so", Threads: 2, Delegates: []Delegate{"xnnpack"}}
}

func (c *Classifier) check(at section) {
	at.need("pack", c.Pack != "", "a folder", "nothing")
	at.need("library", c.Library != "", "a file", "nothing")
	within(at, "threads", c.Threads, 1, 64)
	for i, d := range c.Delegates {
		at.item("delegates", i).self(!slices.Contains(c.Delegates[:i], d), "each delegate once", quoted(string(d)))
	}
}

// Delegate is what computes a model in place of TensorFlow Lite's own kernels: xnnpack, gpu, or the path of a vendor's plug-in.
type Delegate string

// UnmarshalText sets the delegate.
func (d *Delegate) UnmarshalText(b []byte) error {
	if s := string(b); s != "xnnpack" && s != "gpu" && !filepath.IsAbs(s) {
		return fmt.Errorf("%w%s", wantErr(d, s), meant(s, []string{"xnnpack", "gpu"}))
	}
	*d = Delegate(b)
	return nil
}

func (*Delegate) want() string { return "xnnpack, gpu or the full path of a vendor's plug-in" }
