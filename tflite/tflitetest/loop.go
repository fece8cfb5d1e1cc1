// Package tflitetest measures TensorFlow Lite without the Go code around it, for benchmarks.
package tflitetest

/*
#include <time.h>

typedef int (*invoke)(void *);

static double loop(void *function, void *interpreter, int times) {
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < times; i++)
		if (((invoke)function)(interpreter)) return -1;
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}
*/
import "C"

import (
	"errors"
	"time"
	"unsafe"
)

// Loop takes the time of so many calls of TfLiteInterpreterInvoke from C.
func Loop(invoke, interpreter unsafe.Pointer, times int) (time.Duration, error) {
	seconds := C.loop(invoke, interpreter, C.int(times))
	if seconds < 0 {
		return 0, errors.New("TfLiteInterpreterInvoke failed")
	}
	return time.Duration(float64(seconds) * float64(time.Second)), nil
}
