//go:build tensorflow

package cli_test

import (
	"encoding/json"
	"testing"
)

// White-box attacks on the shipped model, through the smoothing: strong ones succeed on faces that weak ones leave alone.
func TestAttackWhiteBox(t *testing.T) {
	faces := goldenFaces(t)
	for _, args := range [][]string{
		{"--method", "fgsm", "--strength", "1,48"},
		{"--method", "pgd", "--strength", "1,48", "--smooth"},
		{"--method", "pgd", "--strength", "1,48", "--from", "none", "--to", "correct"},
		{"--method", "patch", "--strength", "0.001,0.3", "--smooth"},
	} {
		code, stdout, stderr := run(append([]string{"attack", "--faces", faces, "--json"}, args...)...)
		if code != 0 {
			t.Fatalf("%q: exit code %d: %s", args, code, stderr)
		}
		var r struct {
			Result struct {
				Points []struct {
					Accuracy struct{ Count, Of int }
				}
			}
		}
		if err := json.Unmarshal([]byte(stdout), &r); err != nil {
			t.Fatalf("%q: %v in %s", args, err, stdout)
		}
		p := r.Result.Points
		if len(p) != 3 || p[0].Accuracy.Count != p[0].Accuracy.Of || p[1].Accuracy != p[0].Accuracy || p[2].Accuracy.Count >= p[1].Accuracy.Count {
			t.Errorf("%q: got %+v", args, p)
		}
	}
}
