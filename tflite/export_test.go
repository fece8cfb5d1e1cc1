package tflite

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/maskwarden/maskwarden/tflite/tflitetest"
)

// Invoke takes the time of so many TfLiteInterpreterInvoke alone, on the interpreter for batch faces, a power of two up to MaxBatch.
func (c *Classifier) Invoke(batch, times int) (time.Duration, error) {
	for _, r := range c.runners {
		if r.batch == batch {
			return tflitetest.Loop(unsafe.Pointer(r.api.InterpreterInvoke), r.c.interpreter, times)
		}
	}
	return 0, fmt.Errorf("no interpreter for a batch of %d", batch)
}
