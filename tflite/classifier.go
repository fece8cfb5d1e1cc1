package tflite

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/maskwarden/maskwarden/pack"
)

// Classifier runs a pack's model on batches of faces: Fill each face, Run, and read each face's Probabilities.
// It is for one goroutine at a time. With the gpu delegate on OpenGL ES it must stay on the thread that initialized it
// (runtime.LockOSThread). In steady state Fill, Run and Probabilities allocate nothing.
type Classifier struct {
	Library   *Library
	Pack      *pack.Pack
	Threads   int      // of the CPU's kernels, 1 to 64
	Delegates []string // xnnpack, gpu, or the path of a vendor's plug-in, in order of preference; none alone for the library's own kernels; empty: xnnpack
	GPU       string   // path of the GPU delegate's library; empty: libtensorflowlite_gpu_delegate.so, as the system's loader finds it
	MaxBatch  int      // faces in one inference, 1 to 64; more faces take several inferences; each doubling costs memory, see Initialize

	model   unsafe.Pointer
	pinned  runtime.Pinner
	using   bool      // counted in as a user of the library
	runners []*runner // one for each power of two up to MaxBatch, the largest first
	active  []string  // delegates in use
	notes   []string  // why others are not

	pack.Batch // Fill, FillLevels, Logits and Probabilities
}

// Initialize loads the model and runs it once in every batch size, so that nothing is planned or allocated later.
// A delegate that cannot run the model is left out: see Backend. Each batch size (1, 2, 4, … up to MaxBatch) keeps an
// interpreter with its own tensors.
func (c *Classifier) Initialize() error {
	if err := c.initialize(); err != nil {
		c.Close()
		return fmt.Errorf("model pack %s: %w", c.Pack.Dir, err)
	}
	return nil
}

func (c *Classifier) initialize() error {
	delegates, err := c.check()
	if err != nil {
		return err
	}
	if err := c.Library.use(); err != nil {
		return err
	}
	c.using = true
	if err := c.load(); err != nil {
		return err
	}
	if err := c.probe(); err != nil {
		return err
	}
	c.Batch.Initialize(c.Pack, c.MaxBatch)
	return c.build(delegates)
}

// check returns the delegates wanted.
func (c *Classifier) check() ([]string, error) {
	if c.Threads < 1 || c.Threads > 64 {
		return nil, fmt.Errorf("threads: %d, want 1 to 64", c.Threads)
	}
	if c.MaxBatch < 1 || c.MaxBatch > 64 {
		return nil, fmt.Errorf("batch: %d, want 1 to 64", c.MaxBatch)
	}
	switch {
	case len(c.Delegates) == 0:
		return []string{xnnpack}, nil
	case len(c.Delegates) == 1 && c.Delegates[0] == none:
		return nil, nil
	}
	seen := map[string]bool{}
	for _, name := range c.Delegates {
		if name != xnnpack && name != gpu && !strings.Contains(name, "/") {
			return nil, fmt.Errorf("delegates: %q, want xnnpack, gpu, the path of a plug-in, or none alone", name)
		}
		if seen[name] {
			return nil, fmt.Errorf("delegates: %q is listed twice", name)
		}
		seen[name] = true
	}
	return c.Delegates, nil
}

// load hands the model's bytes to the library, which reads them until the model is freed.
func (c *Classifier) load() error {
	data := c.Pack.Model
	if len(data) < 8 || string(data[4:8]) != "TFL3" {
		return fmt.Errorf("%s: not a TensorFlow Lite model (TFL3)", c.Pack.File())
	}
	c.pinned.Pin(&data[0])
	var why text
	c.model = C.mw_model(c.Library.api, unsafe.Pointer(&data[0]), C.size_t(len(data)), why.c())
	if c.model == nil {
		return fmt.Errorf("%s: corrupt TensorFlow Lite model: %s", c.Pack.File(), &why)
	}
	return nil
}

// Backend names what runs the model, and why a configured delegate does not: tflite 2.21.0 xnnpack x2.
func (c *Classifier) Backend() string {
	kernels := none
	if len(c.active) > 0 {
		kernels = strings.Join(c.active, "+")
	}
	s := fmt.Sprintf("tflite %s %s x%d", c.Library.Version(), kernels, c.Threads)
	if len(c.notes) > 0 {
		s += " (" + strings.Join(c.notes, "; ") + ")"
	}
	return s
}

// Notes says why configured delegates are not in use; empty when all are.
func (c *Classifier) Notes() []string { return c.notes }

// Close frees the model. It may be called twice, and after a failed Initialize.
func (c *Classifier) Close() {
	c.free()
	if c.model != nil {
		C.mw_model_free(c.Library.api, c.model)
		c.model = nil
	}
	c.pinned.Unpin()
	if c.using {
		c.Library.release()
		c.using = false
	}
}
