// Package tflite classifies batches of faces with the TensorFlow Lite C API, loaded at run time.
package tflite

/*
#cgo CFLAGS: -std=gnu11 -O3 -Wall -Wextra
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// Library is a loaded TensorFlow Lite. Several classifiers, each on its own goroutine, may share it.
type Library struct {
	path    string
	version [2]int // major, minor
	api     *C.mw_api

	mu    sync.Mutex
	users int
}

// Open loads the library at path: libtensorflowlite_c.so, or another that exports its C API. A name without a slash is
// looked for as the system's loader does.
func Open(path string) (*Library, error) {
	if path == "" { // to the loader this would be the program itself
		return nil, errors.New("TensorFlow Lite library: no path: fetch it with `make setup`, or set the path of your own")
	}
	if err := checkFile(path); err != nil {
		return nil, fmt.Errorf("TensorFlow Lite library %s: %w", path, err)
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var why text
	l := &Library{path: path, api: C.mw_open(name, why.c())}
	if l.api == nil {
		return nil, fmt.Errorf("TensorFlow Lite library %s: %s: want libtensorflowlite_c.so or a library that exports the same functions", path, &why)
	}
	version := l.Version()
	oldest := [2]int{2, 14} // the first release whose XNNPACK options the shim knows how to pass
	if _, err := fmt.Sscanf(version, "%d.%d", &l.version[0], &l.version[1]); err != nil || l.before(oldest) {
		err = fmt.Errorf("TensorFlow Lite library %s: version %q, want %d.%d or newer", path, version, oldest[0], oldest[1])
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Version returns the library's release, such as 2.21.0.
func (l *Library) Version() string { return C.GoString(C.mw_version(l.api)) }

// Close unloads the library. It refuses while a classifier uses it.
func (l *Library) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.users > 0 {
		return fmt.Errorf("TensorFlow Lite library %s: %d classifiers still use it: close them first", l.path, l.users)
	}
	if l.api != nil {
		C.mw_close(l.api)
		l.api = nil
	}
	return nil
}

// use counts a classifier in.
func (l *Library) use() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.api == nil {
		return fmt.Errorf("TensorFlow Lite library %s: it was closed", l.path)
	}
	l.users++
	return nil
}

// release counts a classifier out.
func (l *Library) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users--
}

func (l *Library) before(version [2]int) bool {
	return l.version[0] < version[0] || l.version[0] == version[0] && l.version[1] < version[1]
}

// checkFile explains what the loader does not: for a library of another machine it reports a missing file.
func checkFile(path string) error {
	if !strings.Contains(path, "/") {
		return nil
	}
	file, err := elf.Open(path)
	var missing *fs.PathError
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("%w: fetch it with `make setup`, or set the path of your own", missing.Err)
	case err != nil:
		return fmt.Errorf("not a shared library: want an ELF file for linux/%s", runtime.GOARCH)
	}
	machine, class := file.Machine, file.Class
	if err := file.Close(); err != nil {
		return err
	}
	want, known := map[string]elf.Machine{
		"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "arm": elf.EM_ARM, "386": elf.EM_386, "riscv64": elf.EM_RISCV,
	}[runtime.GOARCH]
	if known && machine != want {
		return fmt.Errorf("built for %s (%s), want one for linux/%s", machine, class, runtime.GOARCH)
	}
	return nil
}

// text receives an error message from C.
type text [C.MW_TEXT]C.char

func (t *text) c() *C.char     { return &t[0] }
func (t *text) String() string { return C.GoString(&t[0]) }
