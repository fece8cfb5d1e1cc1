package tflite

/*
#include "shim.h"

// Neither calls back into Go nor keeps the pointers, so the call needs no allocation.
#cgo noescape mw_run
#cgo nocallback mw_run
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/maskwarden/maskwarden/frame"
)

// runner is an interpreter for one batch size: changing the size of an existing one would plan the whole graph again.
type runner struct {
	api       *C.mw_api
	batch     int
	delegates []C.mw_delegate
	c         *C.mw_runner
}

// create makes the interpreter and sizes its tensors.
func (r *runner) create(c *Classifier) error {
	var why text
	var delegates *C.mw_delegate
	if len(r.delegates) > 0 {
		delegates = &r.delegates[0]
	}
	r.c = C.mw_runner_new(r.api, c.model, C.int(c.Threads), delegates, C.int(len(r.delegates)), why.c())
	if r.c == nil {
		return errors.New(why.String())
	}
	in := c.Pack.Manifest.Input
	dims := [...]C.int{C.int(r.batch), C.int(in.Height), C.int(in.Width), C.int(in.Channels())}
	if C.mw_resize(r.c, &dims[0], C.int(len(dims)), C.float(in.Scale), C.float(in.Offset)) != 0 {
		return fmt.Errorf("batch of %d: %s", r.batch, r.why())
	}
	return nil
}

// run classifies one batch: pixels of its faces and their gains in, their logits out. It is one call to C.
func (r *runner) run(pixels []byte, gains []float32, logits [][frame.NumClasses]float32) error {
	if C.mw_run(r.c, (*C.uint8_t)(unsafe.Pointer(&pixels[0])), C.size_t(len(pixels)/len(gains)),
		(*C.float)(unsafe.Pointer(&gains[0])), C.size_t(len(gains)),
		(*C.float)(unsafe.Pointer(&logits[0])), C.size_t(len(logits)*frame.NumClasses)) != 0 {
		return fmt.Errorf("batch of %d: %s", r.batch, r.why())
	}
	return nil
}

// why returns what the library reported.
func (r *runner) why() string {
	if s := C.GoString(&r.c.text[0]); s != "" {
		return s
	}
	return "TensorFlow Lite gave no reason"
}

func (r *runner) close() {
	if r.c != nil {
		C.mw_runner_free(r.c)
		r.c = nil
	}
	for i := range r.delegates {
		C.mw_delegate_free(&r.delegates[i])
	}
	r.delegates = nil
}

// probe checks the model against its manifest, without delegates, which may hide what is wrong.
func (c *Classifier) probe() error {
	in, file := c.Pack.Manifest.Input, c.Pack.File()
	r := &runner{api: c.Library.api, batch: 1}
	defer r.close()
	var why text
	if r.c = C.mw_runner_new(r.api, c.model, 1, nil, 0, why.c()); r.c == nil {
		return fmt.Errorf("%s: TensorFlow Lite %s cannot run this model: %s", file, c.Library.Version(), &why)
	}
	want := fmt.Sprintf("float32 [n %d %d %d]", in.Height, in.Width, in.Channels())
	if got := describe(C.mw_input_shape(r.c)); got != want {
		return fmt.Errorf("%s: its input is %s, the manifest's is %s: correct the manifest or train again", file, got, want)
	}
	dims := [...]C.int{1, C.int(in.Height), C.int(in.Width), C.int(in.Channels())}
	if C.mw_resize(r.c, &dims[0], C.int(len(dims)), 1, 0) != 0 {
		return fmt.Errorf("%s: TensorFlow Lite %s cannot run this model: %s", file, c.Library.Version(), r.why())
	}
	want = fmt.Sprintf("float32 [n %d]", frame.NumClasses)
	if got := describe(C.mw_output_shape(r.c)); got != want {
		return fmt.Errorf("%s: its output is %s, the manifest's is %s, a logit for each class: correct the manifest or train again", file, got, want)
	}
	return nil
}

// describe writes a tensor's type and dimensions; the first is the batch.
func describe(s C.mw_shape) string {
	if s.count < 0 {
		return "not exactly one tensor"
	}
	types := map[C.int32_t]string{1: "float32", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 9: "int8", 10: "float16"}
	name, ok := types[s._type]
	if !ok {
		name = fmt.Sprintf("type %d", s._type)
	}
	dims := make([]string, min(int(s.count), C.MW_DIMS))
	for i := range dims {
		dims[i] = fmt.Sprint(s.dims[i])
	}
	if len(dims) > 0 {
		dims[0] = "n"
	}
	return fmt.Sprintf("%s [%s]", name, strings.Join(dims, " "))
}
