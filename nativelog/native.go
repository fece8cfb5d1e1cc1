package nativelog

// #include "native.h"
import "C"

import "unsafe"

// maxLine is how many bytes of a line are logged.
const maxLine = C.NATIVE_LINE

// watchCrashes makes fatal signals first print what the pipes still hold; the runtime's own handlers follow.
func watchCrashes(out, errs *stream) {
	C.native_watch(C.int(out.pipeFD), C.int(errs.pipeFD), C.int(errs.ownFD))
}

// forgetCrashes undoes watchCrashes.
func forgetCrashes() { C.native_forget() }

// hold keeps a line of a stream, of at most maxLine bytes, where a crash prints it until it is logged. An empty one lets go.
func hold(number int, text []byte) {
	C.native_hold(C.int(number-1), (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.int(len(text)))
}

// flush prints what C's standard output holds back, and makes it hold back no more than a line.
func flush() { C.native_flush() }
