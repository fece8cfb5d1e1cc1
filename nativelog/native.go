package nativelog

// #include "native.h"
import "C"

// watchCrashes makes fatal signals first print what the pipes still hold; the runtime's own handlers follow.
func watchCrashes(out, errs *stream) {
	C.native_watch(C.int(out.pipeFD), C.int(errs.pipeFD), C.int(errs.ownFD))
}

// forgetCrashes undoes watchCrashes.
func forgetCrashes() { C.native_forget() }

// flush prints what C's standard output holds back, and makes it hold back no more than a line.
func flush() { C.native_flush() }
