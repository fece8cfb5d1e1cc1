package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestExplain(t *testing.T) {
	plain := errors.New("it broke")
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{nil, 0, ""},
		{plain, 1, "Error: it broke\n"},
		{fail(exitConfig, "fix it", plain), 78, "Error: it broke\nTry: fix it\n"},
		{fmt.Errorf("file: %w", fail(exitNoInput, "", plain)), 66, "Error: file: it broke\n"},
		{fail(exitNoInput, "", context.Canceled), 130, "Error: context canceled\n"}, // interrupted is not unreadable
	} {
		var out bytes.Buffer
		if code := explain(&out, c.err, false); code != c.code || out.String() != c.want {
			t.Errorf("%v: exit code %d, %q; want %d, %q", c.err, code, out.String(), c.code, c.want)
		}
	}
}
