package decode

/*
#include <stdlib.h>
#include "native.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // headers of JPEG files
	_ "image/png"  // headers of PNG files
	"io"
	"time"
	"unsafe"
)

// maxStill is the size of a picture file: 40 megapixels of 16 bits a channel.
const maxStill = 256 << 20

// noEnd is why a picture is damaged that lacks its last bytes.
const noEnd = "it ends before its end-of-image marker"

// checkHeader refuses a picture before its pixels can take the memory. Of kinds that Go does not know it says nothing.
func checkHeader(r io.Reader) error {
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return nil //nolint:nilerr // the decoder tells what is wrong
	}
	return CheckSize(c.Width, c.Height)
}

// still answers with one picture.
func (a *answers) still(data []byte) error {
	began := time.Now()
	a.words()
	a.decodeStill(data)
	for _, orientation := range turns(data) {
		a.turn(orientation)
	}
	return a.send(time.Since(began))
}

// turn makes a picture upright.
func (a *answers) turn(orientation int) {
	if a.result.kind != answerPicture {
		return
	}
	pixels := a.result.pixels
	if pixels == nil {
		pixels = unsafe.Pointer(&a.kept[0])
	}
	C.decode_turn(pixels, a.result.width, a.result.height, C.int(orientation), &a.result)
}

func (a *answers) decodeStill(data []byte) {
	what, whole := identify(bytes.NewReader(data))
	if err := checkHeader(bytes.NewReader(data)); err != nil {
		a.fail(answerError, err.Error())
		return
	}
	switch {
	case len(data) == 0:
		a.fail(answerDamaged, "0 bytes")
	case !whole:
		a.fail(answerDamaged, noEnd)
	case what == stillOpenCV:
		C.decode_still(unsafe.Pointer(&data[0]), C.size_t(len(data)), &a.result)
		if a.result.kind == answerError {
			a.fail(answerDamaged, C.GoString(&a.result.text[0]))
		}
		if why := warning(a.words()); why != "" {
			a.fail(answerDamaged, why)
		}
	default:
		a.firstFrame(data)
	}
}

// firstFrame asks FFmpeg.
func (a *answers) firstFrame(data []byte) {
	// The C side keeps these bytes for longer than one call.
	copied := C.CBytes(data)
	defer C.free(copied)
	empty := C.CString("")
	defer C.free(unsafe.Pointer(empty))
	source := C.decode_source{fd: -1, data: copied, size: C.size_t(len(data)), format: empty, protocols: empty, max_pixels: MaxPixels}
	opened := C.decode_stream_open(&source, &a.result)
	if opened == nil {
		a.fail(answerError, fmt.Sprintf("not a picture or video that can be read: %s", C.GoString(&a.result.text[0])))
		return
	}
	C.decode_stream_next(opened, &a.result)
	if a.result.kind == answerPicture {
		a.keep()
	} else if a.result.kind == answerEnd {
		a.fail(answerDamaged, "no picture in it")
	}
	C.decode_stream_close(opened)
}

// keep copies the pixels, since the stream that holds them is closed.
func (a *answers) keep() {
	size := int(a.result.width) * int(a.result.height) * 3
	a.kept = append(a.kept[:0], unsafe.Slice((*byte)(a.result.pixels), size)...)
	a.result.pixels = nil
}
