// Package nativelogtest prints and crashes as native code does, for tests.
package nativelogtest

/*
#include <stdio.h>
#include <stdlib.h>

static void print(int number, const char *text) { fputs(text, number == 1 ? stdout : stderr); }
static void segfault(void) {
	int *volatile nowhere = (int *)8;
	*nowhere = 1;
}
*/
import "C"

import "unsafe"

// Print prints a text with C's stdio on standard output (1) or error (2).
func Print(number int, text string) {
	s := C.CString(text)
	defer C.free(unsafe.Pointer(s))
	C.print(C.int(number), s)
}

// Abort prints a text and calls C's abort, as an uncaught C++ exception does.
func Abort(text string) {
	Print(2, text)
	C.abort()
}

// Segfault prints a text and writes to an address that is not there, in C.
func Segfault(text string) {
	Print(2, text)
	C.segfault()
}
