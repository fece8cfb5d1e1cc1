//go:build !tensorflow

package cli_test

import (
	"strings"
	"testing"
)

// White-box attacks need gradients.
func TestAttackLite(t *testing.T) {
	faces := goldenFaces(t)
	for _, method := range []string{"fgsm", "bim", "pgd", "cw", "patch"} {
		code, stdout, stderr := run("attack", "--method", method, "--faces", faces)
		want := "Error: --method " + method + ": this program was built without TensorFlow, which `classifier.runtime: tensorflow` and attacks with gradients need: "
		if code != 69 || stdout != "" || !strings.Contains(stderr, want) || !strings.Contains(stderr, "\nTry: --method square, which needs no gradients\n") {
			t.Errorf("%s: exit code %d, %s\n%s", method, code, stdout, stderr)
		}
	}
}
