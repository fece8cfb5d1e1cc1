package tflite_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/tflite"
)

const (
	library = "../share/maskwarden/libtensorflowlite.so"
	tiny    = "../pack/testdata/tiny"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openLibrary(t testing.TB) *tflite.Library {
	t.Helper()
	lib, err := tflite.Open(library)
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() {
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	})
	return lib
}

func openPack(t testing.TB, dir string) *pack.Pack {
	t.Helper()
	return packtest.Open(t, dir, pack.Float32)
}

// packed returns the tiny pack with another model in it.
func packed(t testing.TB, model []byte) *pack.Pack {
	t.Helper()
	dir := packtest.Copy(t, tiny)
	packtest.Put(t, dir, "model.tflite", model)
	return openPack(t, dir)
}

// start initializes the classifier and closes it after the test.
func start(t testing.TB, c *tflite.Classifier) *tflite.Classifier {
	t.Helper()
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// picture draws a face-sized picture that differs with i in brightness and color: plain noise gives a net the same
// answer whatever the seed.
func picture(p *pack.Pack, i int) []byte {
	pixels := make([]byte, p.Manifest.Input.Size())
	pack.GoldenInput(uint32(i), pixels)
	for k := range pixels {
		pixels[k] = byte((int(pixels[k]) * (k%3 + 1) * (i%5 + 1) / 15) + k/(i+400)%60)
	}
	return pixels
}
