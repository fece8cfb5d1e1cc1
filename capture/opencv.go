package capture

/*
#cgo pkg-config: opencv4
#cgo CXXFLAGS: --std=c++11
#include <stdlib.h>
#include "opencv.h"
*/
import "C"

import (
	"errors"
	"unsafe"

	"gocv.io/x/gocv"
)

// videoCapture is cv::VideoCapture. gocv's own neither passes open-only parameters (the time-outs) nor stops C++ exceptions.
type videoCapture struct {
	ptr   unsafe.Pointer
	fault [C.capture_error_size]C.char
}

// Open-only parameters of FFmpeg's backend, in milliseconds; gocv has no names for them.
const (
	propOpenTimeout = 53
	propReadTimeout = 54
)

var errNotOpened = errors.New("OpenCV could not open it and does not say why")

// openVideoCapture opens a URI, path or GStreamer pipeline. params holds pairs of a property and its value.
func openVideoCapture(uri string, api gocv.VideoCaptureAPI, params ...int32) (*videoCapture, error) {
	v := &videoCapture{}
	name := C.CString(uri)
	defer C.free(unsafe.Pointer(name))
	var first *C.int
	if len(params) > 0 {
		first = (*C.int)(unsafe.Pointer(&params[0]))
	}
	v.ptr = C.capture_open(name, C.int(api), first, C.int(len(params)), &v.fault[0])
	switch {
	case v.ptr != nil:
		return v, nil
	case v.fault[0] != 0:
		return nil, v.failed("")
	default:
		return nil, errNotOpened
	}
}

// failed returns OpenCV's own text, or, where it left none, what.
func (v *videoCapture) failed(what string) error {
	if v.fault[0] != 0 {
		return errors.New("OpenCV: " + C.GoString(&v.fault[0]))
	}
	return errors.New(what)
}

func (v *videoCapture) grab() bool { return C.capture_grab(v.ptr, &v.fault[0]) != 0 }

func (v *videoCapture) retrieve(m *gocv.Mat) bool {
	return C.capture_retrieve(v.ptr, unsafe.Pointer(m.Ptr()), &v.fault[0]) != 0
}

func (v *videoCapture) get(p gocv.VideoCaptureProperties) float64 {
	return float64(C.capture_get(v.ptr, C.int(p)))
}

// set asks for a property; a device that cannot, or not quite, keeps its own without an error.
func (v *videoCapture) set(p gocv.VideoCaptureProperties, value float64) {
	C.capture_set(v.ptr, C.int(p), C.double(value))
}

func (v *videoCapture) close() { C.capture_close(v.ptr) }

// hasElement reports whether OpenCV's GStreamer knows an element.
func hasElement(name string) bool {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return C.capture_has_gstreamer_element(s) != 0
}

// decodePicture decodes an encoded picture to BGR, 8 bits.
func decodePicture(data []byte, m *gocv.Mat) error {
	var fault [C.capture_error_size]C.char
	if len(data) > 0 && C.capture_decode(unsafe.Pointer(&data[0]), C.size_t(len(data)), unsafe.Pointer(m.Ptr()), &fault[0]) != 0 {
		return nil
	}
	if fault[0] != 0 {
		return errors.New("OpenCV: " + C.GoString(&fault[0]))
	}
	return errors.New("damaged picture")
}
