package screen

import (
	"testing"
	"time"
)

func TestLeft(t *testing.T) {
	for _, c := range []struct {
		took time.Duration
		done float64
		want string
	}{
		{time.Second, 0.5, ""},
		{time.Minute, 0.04, ""},
		{time.Minute, 0.25, ", about 3m0s left"},
		{90 * time.Second, 0.9, ", about 10s left"},
	} {
		if got := left(c.took, c.done); got != c.want {
			t.Errorf("%s for %g: got %q, want %q", c.took, c.done, got, c.want)
		}
	}
}
