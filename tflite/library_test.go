package tflite_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/tflite"
)

func TestOpenErrors(t *testing.T) {
	write := func(content []byte) string {
		path := filepath.Join(t.TempDir(), "lib.so")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	header := make([]byte, 64) // of a 32-bit big-endian PowerPC library: no machine that Go on Linux would run this test on
	copy(header, "\x7fELF\x01\x02\x01")
	header[17], header[19], header[23], header[41] = 3, 20, 1, 52
	empty := ""
	text := write([]byte("not a library\n"))
	other := write(header)
	cut := write([]byte("\x7fELF"))
	for _, c := range []struct{ path, want string }{
		{"no/such.so", "TensorFlow Lite library no/such.so: no such file or directory: fetch it with `make setup`, or set the path of your own"},
		{"no-such.so", "TensorFlow Lite library no-such.so: no-such.so: cannot open shared object file: No such file or directory: " +
			"want libtensorflowlite_c.so or a library that exports the same functions"},
		{empty, "TensorFlow Lite library: no path: fetch it with `make setup`, or set the path of your own"},
		{text, "TensorFlow Lite library " + text + ": not a shared library: want an ELF file for linux/<arch>"},
		{cut, "TensorFlow Lite library " + cut + ": not a shared library: want an ELF file for linux/<arch>"},
		{other, "TensorFlow Lite library " + other + ": built for EM_PPC (ELFCLASS32), want one for linux/<arch>"},
		{"libm.so.6", "TensorFlow Lite library libm.so.6: <libm>: undefined symbol: TfLiteVersion: " +
			"want libtensorflowlite_c.so or a library that exports the same functions"},
	} {
		lib, err := tflite.Open(c.path)
		if err == nil {
			t.Fatalf("opened %q, version %s", c.path, lib.Version())
		}
		got := err.Error()
		if before, after, found := strings.Cut(got, ": undefined"); found { // the loader says where it found it
			got = before[:strings.LastIndex(before, ": ")] + ": <libm>: undefined" + after
		}
		if want := strings.ReplaceAll(c.want, "<arch>", runtime.GOARCH); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestLibraryInUse(t *testing.T) {
	lib, err := tflite.Open(library)
	if err != nil {
		t.Fatal(err)
	}
	c := &tflite.Classifier{Library: lib, Pack: openPack(t, tiny), Threads: 1, MaxBatch: 1}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	want := "TensorFlow Lite library " + library + ": 1 classifiers still use it: close them first"
	if err := lib.Close(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	c.Close()
	c.Close()
	if err := lib.Close(); err != nil {
		t.Error(err)
	}
	want = "model pack " + c.Pack.Dir + ": TensorFlow Lite library " + library + ": it was closed"
	if err := c.Initialize(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for range 5 { // loading it again and again
		lib, err := tflite.Open(library)
		if err != nil {
			t.Fatal(err)
		}
		c.Library = lib
		if err := c.Initialize(); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if err := lib.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
