//go:build !tensorflow

package cli_test

import (
	"strings"
	"testing"
)

// TestDeepLite refuses --deep before anything is tested, or named.
func TestDeepLite(t *testing.T) {
	const want = "--deep: this program was built without TensorFlow, which `classifier.runtime: tensorflow` and attacks with gradients need: "
	for _, more := range [][]string{nil, {"--list"}, {"--only", "pack_hash", "--json"}} {
		code, stdout, stderr := run(append([]string{"selftest", "--deep"}, more...)...)
		if code != 69 || !strings.Contains(stdout+stderr, want) || strings.Contains(stdout, "pack_hash") {
			t.Errorf("%q: exit code %d\n%s\n%s", more, code, stdout, stderr)
		}
	}
	if code, _, stderr := run("selftest", "--only", "deep_pgd"); code != 64 || !strings.Contains(stderr, `no such check: "deep_pgd"`) {
		t.Errorf("a deep check without --deep: exit code %d\n%s", code, stderr)
	}
}
