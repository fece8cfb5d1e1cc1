package tflite

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"unsafe"
)

// Names of delegates; any other is the path of a vendor's plug-in.
const (
	xnnpack = "xnnpack" // TensorFlow Lite's fast CPU kernels
	gpu     = "gpu"     // unproven: it was never run on a real GPU here
	none    = "none"
)

// open makes the delegate called name. Each interpreter has its own, since a delegate keeps what it knows of one graph.
func (c *Classifier) open(name string) (d C.mw_delegate, err error) {
	var why text
	var failed C.int
	switch name {
	case xnnpack:
		// Up to 2.18 the flags for int8 models are off; in later releases they are on and may stand elsewhere.
		quantized := C.int(0)
		if c.Library.before([2]int{2, 19}) {
			quantized = 1
		}
		failed = C.mw_xnnpack(c.Library.api, &d, C.int(c.Threads), quantized, why.c())
	case gpu:
		path := c.GPU
		if path == "" {
			path = "libtensorflowlite_gpu_delegate.so"
		}
		file := C.CString(path)
		defer C.free(unsafe.Pointer(file))
		failed = C.mw_gpu(file, &d, why.c())
	default:
		file := C.CString(name)
		defer C.free(unsafe.Pointer(file))
		failed = C.mw_plugin(file, &d, why.c())
	}
	if failed != 0 {
		return d, errors.New(why.String())
	}
	return d, nil
}

// build makes the interpreters with the delegates, leaving out one after the other until it works: first one that
// cannot be made, then the most special one, in the end all of them.
func (c *Classifier) build(delegates []string) error {
	for {
		bad, err := c.attempt(delegates)
		if err == nil {
			c.active = delegates
			return nil
		}
		c.free()
		if len(delegates) == 0 {
			return err
		}
		c.notes = append(c.notes, fmt.Sprintf("no %s: %v", filepath.Base(delegates[bad]), err))
		rest := append([]string{}, delegates[:bad]...)
		delegates = append(rest, delegates[bad+1:]...)
	}
}

// attempt makes an interpreter for each batch size and runs it once. When it fails it returns which delegate to leave out.
func (c *Classifier) attempt(delegates []string) (bad int, err error) {
	for batch := 1; batch <= c.MaxBatch; batch *= 2 {
		r := &runner{api: c.Library.api, batch: batch}
		c.runners = append([]*runner{r}, c.runners...) // also when it fails: free frees it
		for i, name := range delegates {
			d, err := c.open(name)
			if err != nil {
				return i, err
			}
			r.delegates = append(r.delegates, d)
		}
		if err := r.create(c); err != nil {
			return 0, err
		}
		if err := r.run(c.Part(0, batch)); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// free frees the interpreters, then their delegates.
func (c *Classifier) free() {
	for _, r := range c.runners {
		r.close()
	}
	c.runners = nil
}
