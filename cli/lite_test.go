//go:build !tensorflow

package cli_test

import (
	"fmt"
	"testing"
)

// TestNoTensorFlow asks for the runtime tensorflow of a program that was built without it.
func TestNoTensorFlow(t *testing.T) {
	config := file(t, "maskwarden.yaml", fmt.Sprintf(
		"state_dir: %q\nclassifier: {runtime: tensorflow}\ncameras: [{name: door, source: \"synthetic://\"}]\n", t.TempDir()))
	const want = "Error: classifier: this program was built without TensorFlow, which `classifier.runtime: tensorflow` and attacks with gradients need: " +
		"on a machine with 1 GB of memory to spare, build with `make build-tensorflow` and run bin/maskwarden-tensorflow\n" +
		"Try: bin/maskwarden-tensorflow, which make build-tensorflow builds, or classifier.runtime: tflite in the configuration\n"
	for _, args := range [][]string{
		{"classify", "--config", config, "../share/maskwarden/astronaut.png"},
		{"bench", "--config", config, "--source", "synthetic://?fast=1"},
		{"selftest", "--config", config},
		{"run", "--config", config},
	} {
		code, stdout, stderr := run(args...)
		if code != 78 || stdout != "" || stderr != want {
			t.Errorf("%v: exit code %d, %q, want 78\ngot  %s\nwant %s", args, code, stdout, stderr, want)
		}
	}
}
