package tflite_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/tflite"
)

// compile builds testdata/plugin.c and returns the library's path.
func compile(t *testing.T, define string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vendor.so")
	out, err := exec.CommandContext(t.Context(), "cc", "-shared", "-fPIC", "-o", path, define, "testdata/plugin.c", "-ldl").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func TestDelegates(t *testing.T) {
	lib := openLibrary(t)
	p := openPack(t, tiny)
	absolute, err := filepath.Abs(library)
	if err != nil {
		t.Fatal(err)
	}
	works := compile(t, `-DLIBRARY="`+absolute+`"`)
	broken := compile(t, "-DBROKEN")
	for _, e := range []struct {
		delegates []string
		gpu       string
		want      string
	}{
		{[]string{"gpu", "xnnpack"}, "", "xnnpack x1 (no gpu: libtensorflowlite_gpu_delegate.so: " +
			"cannot open shared object file: No such file or directory)"},
		{[]string{"gpu"}, "", "none x1 (no gpu: libtensorflowlite_gpu_delegate.so: cannot open shared object file: No such file or directory)"},
		{[]string{"gpu", "xnnpack"}, works, "gpu+xnnpack x1"},
		{[]string{works}, "", works + " x1"},
		{[]string{works, "xnnpack"}, "", works + "+xnnpack x1"},
		{[]string{broken, "xnnpack"}, "", "xnnpack x1 (no vendor.so: no accelerator on the bus)"},
		{[]string{broken, works}, "", works + " x1 (no vendor.so: no accelerator on the bus)"},
		{[]string{"/no/such.so", "gpu", "xnnpack"}, absolute, "xnnpack x1 (no such.so: /no/such.so: cannot open shared object file: " +
			"No such file or directory; no gpu: " + library + ": undefined symbol: TfLiteGpuDelegateV2Create)"},
	} {
		c := start(t, &tflite.Classifier{Library: lib, Pack: p, Threads: 1, Delegates: e.delegates, GPU: e.gpu, MaxBatch: 2})
		if got, want := c.Backend(), "tflite "+lib.Version()+" "+e.want; got != want {
			t.Errorf("%q runs on\n%s, want\n%s", e.delegates, got, want)
		}
		if got, want := len(c.Notes()), strings.Count(e.want, "no ")-strings.Count(e.want, "no acc"); got != want {
			t.Errorf("%d notes, want %d", got, want)
		}
		if err := c.Fill(0, picture(p, 1)); err != nil {
			t.Fatal(err)
		}
		if err := c.Run(1); err != nil {
			t.Errorf("%s: %v", c.Backend(), err)
		}
	}
}
