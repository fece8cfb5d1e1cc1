//go:build tensorflow

package savedmodel

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"
)

// most is how many bytes of tensors may await the garbage collector.
const most = 16 << 20

// Logits fills logits [n, classes] with those of the images [n, height, width, 3], RGB in [0, 1].
func (n *Network) Logits(images, logits []float32) error {
	if err := n.check(len(images), len(logits)); err != nil {
		return fmt.Errorf("%s: logits: %w", n.dir, err)
	}
	for from, to := range batches(len(images) / n.pixels) {
		out := logits[from*n.classes : to*n.classes]
		if err := n.run(&n.logits, int64(to-from), out, images[from*n.pixels:to*n.pixels]); err != nil {
			return fmt.Errorf("%s: logits: %w", n.dir, err)
		}
	}
	return nil
}

// Gradient fills gradients [n, height, width, 3] with the sum over classes of the cotangents [n, classes] times the derivatives of
// the logits at the images [n, height, width, 3]: the gradient of any loss whose derivatives by the logits are the cotangents.
func (n *Network) Gradient(images, cotangents, gradients []float32) error {
	if err := n.check(len(images), len(cotangents)); err != nil {
		return fmt.Errorf("%s: gradient: %w", n.dir, err)
	}
	if len(gradients) != len(images) {
		return fmt.Errorf("%s: gradient: room for %d values, want %d", n.dir, len(gradients), len(images))
	}
	for from, to := range batches(len(images) / n.pixels) {
		x, cotangent := images[from*n.pixels:to*n.pixels], cotangents[from*n.classes:to*n.classes]
		if err := n.run(&n.gradient, int64(to-from), gradients[from*n.pixels:to*n.pixels], x, cotangent); err != nil {
			return fmt.Errorf("%s: gradient: %w", n.dir, err)
		}
	}
	return nil
}

func (n *Network) check(images, logits int) error {
	switch {
	case n.model == nil:
		return fmt.Errorf("closed")
	case images%n.pixels != 0 || images == 0:
		return fmt.Errorf("%d values, want %d for each of one or more images", images, n.pixels)
	case logits != images/n.pixels*n.classes:
		return fmt.Errorf("%d values for %d images, want %d each", logits, images/n.pixels, n.classes)
	}
	return nil
}

// batches yields the first image of each batch, and the one after its last.
func batches(count int) func(yield func(from, to int) bool) {
	return func(yield func(from, to int) bool) {
		for from := 0; from < count && yield(from, min(from+Batch, count)); from += Batch {
		}
	}
}

// run feeds one batch to a function and copies what comes out.
func (n *Network) run(f *function, count int64, out []float32, in ...[]float32) error {
	feeds := make(map[tf.Output]*tf.Tensor, len(in))
	for i, values := range in {
		shape := append([]int64{count}, f.shapes[i][1:]...)
		tensor, err := tf.ReadTensor(tf.Float, shape, bytes.NewReader(raw(values)))
		if err != nil {
			return err
		}
		feeds[f.inputs[i]] = tensor
		n.held += int64(4 * len(values))
	}
	found, err := n.model.Session.Run(feeds, f.output[:], nil)
	if err != nil {
		return err
	}
	to := &copier{raw(out)}
	if _, err := found[0].WriteContentsTo(to); err != nil {
		return err
	}
	if len(to.left) > 0 {
		return fmt.Errorf("%s gave %v values, want %d", f.name, found[0].Shape(), len(out))
	}
	// Tensors are freed by finalizers, and Go's collector does not see how large they are.
	if n.held += int64(4 * len(out)); n.held > most {
		n.held = 0
		runtime.GC()
	}
	return nil
}

// raw is the memory of values, which TensorFlow's tensors have in the same order.
func raw(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}

// copier is a writer into memory that is there already.
type copier struct{ left []byte }

func (c *copier) Write(data []byte) (int, error) {
	n := copy(c.left, data)
	c.left = c.left[n:]
	if n < len(data) {
		return n, fmt.Errorf("%d bytes more than expected", len(data)-n)
	}
	return n, nil
}
