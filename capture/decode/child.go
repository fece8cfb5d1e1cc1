package decode

/*
#cgo pkg-config: opencv4 libavformat libavcodec libswscale libavutil
#cgo CXXFLAGS: --std=c++11
#include <stdlib.h>
#include "native.h"
*/
import "C"

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	answersFD = 3
	fileFD    = 4
)

// Main ends as a decoder where the program was started as one, and returns otherwise. It comes first in main and TestMain.
func Main() {
	if len(os.Args) != 2 || os.Args[1] != Argument {
		return
	}
	runtime.LockOSThread()
	signal.Ignore(unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGXFSZ) // only who started us ends us
	confine()
	if err := serve(bufio.NewReader(os.Stdin), os.NewFile(answersFD, "answers")); err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve answers requests until nobody asks or listens.
func serve(in *bufio.Reader, out io.Writer) error {
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return err
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		a := &answers{out: out, stderr: os.Stderr}
		switch r.Kind {
		case kindStills:
			if r.Size < 0 || r.Size > maxStill {
				return fmt.Errorf("a still of %d bytes", r.Size)
			}
			data := make([]byte, r.Size)
			if _, err := io.ReadFull(in, data); err != nil {
				return err
			}
			if err := a.still(data); err != nil {
				return err
			}
		default:
			go func() { // the other side has gone
				_, _ = in.ReadByte()
				os.Exit(0)
			}()
			return a.stream(&r)
		}
	}
}

// answers sends what the libraries give.
type answers struct {
	out    io.Writer
	stderr *os.File
	result C.decode_result
	buf    [headerSize]byte
	kept   []byte // the pixels, where the library's are gone
}

func (a *answers) send(took time.Duration) error {
	r := &a.result
	h := header{kind: uint32(r.kind), width: uint32(r.width), height: uint32(r.height), fps: float64(r.fps), took: took}
	if r.count > 0 && r.count < 1<<32 {
		h.count = uint32(r.count)
	}
	payload := []byte(C.GoString(&r.text[0]))
	if r.kind == answerPicture {
		h.length = 3 * h.width * h.height
		if payload = a.kept; r.pixels != nil {
			payload = unsafe.Slice((*byte)(r.pixels), h.length)
		}
	} else {
		h.length = uint32(len(payload))
	}
	h.put(a.buf[:])
	if _, err := a.out.Write(a.buf[:]); err != nil {
		return err
	}
	_, err := a.out.Write(payload)
	return err
}

func (a *answers) fail(kind C.int, text string) {
	a.result = C.decode_result{kind: kind}
	for i := range min(len(text), len(a.result.text)-1) {
		a.result.text[i] = C.char(text[i])
	}
}

// words returns what the libraries printed since the last call.
func (a *answers) words() string {
	fd := int(a.stderr.Fd())
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Size == 0 {
		return ""
	}
	buf := make([]byte, 512)
	n, err := unix.Pread(fd, buf, 0)
	if err != nil || unix.Ftruncate(fd, 0) != nil {
		return ""
	}
	return string(buf[:n])
}

func (a *answers) stream(r *request) error {
	name, format, protocols := C.CString(r.Name), C.CString(r.Format), C.CString(r.Protocols)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(format))
	defer C.free(unsafe.Pointer(protocols))
	var opened unsafe.Pointer
	next := func() { C.decode_stream_next(opened, &a.result) }
	switch r.Kind {
	case kindDevice:
		next = func() { C.decode_device_next(opened, &a.result) }
		for _, e := range r.Elements {
			if !hasElement(e) {
				a.fail(answerError, ErrNoElement.Error()+" "+e)
				return a.send(0)
			}
		}
		opened = C.decode_device_open(name, C.int(r.API), C.int(r.Width), C.int(r.Height), C.double(r.FPS), MaxPixels, &a.result)
	default:
		source := C.decode_source{fd: -1, format: format, protocols: protocols, open_ms: C.int(r.OpenMS), read_ms: C.int(r.ReadMS), max_pixels: MaxPixels}
		switch r.Kind {
		case kindURL:
			source.url = name
		case kindPipe:
			source.pipe = 1
			fallthrough
		default:
			source.fd = fileFD
		}
		opened = C.decode_stream_open(&source, &a.result)
	}
	a.words()
	if err := a.send(0); err != nil || opened == nil {
		return err
	}
	for {
		next()
		if r.Kind == kindDevice && a.result.kind == answerPicture {
			if why := warning(a.words()); why != "" {
				a.fail(answerDamaged, why)
			}
		}
		if err := a.send(time.Duration(a.result.took_us) * time.Microsecond); err != nil {
			return err
		}
		if a.result.kind != answerPicture && a.result.kind != answerDamaged {
			return nil
		}
	}
}

// hasElement reports whether OpenCV's GStreamer knows an element.
func hasElement(name string) bool {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return C.decode_has_gstreamer_element(s) != 0
}

// warning returns what libjpeg, libpng and libtiff said about pixels that they made up.
func warning(printed string) string {
	for line := range strings.Lines(printed) {
		for _, what := range [...]string{"Premature end of JPEG", "Corrupt JPEG data", "libpng error", "libtiff error", "Invalid SOS"} {
			if strings.Contains(line, what) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}
