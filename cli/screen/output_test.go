package screen

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestOutput cleans what is printed, and cuts long lines, also those of several writes.
func TestOutput(t *testing.T) {
	var out bytes.Buffer
	o := &Output{Out: &out}
	for _, text := range []string{"a\x1b[2J\tb\n", "\u202ec\xff\n", strings.Repeat("x", most-1), "yy", "z", "\nend\n"} {
		if n, err := fmt.Fprint(o, text); n != len(text) || err != nil {
			t.Errorf("%d of %d bytes, %v", n, len(text), err)
		}
	}
	if got, want := out.String(), "a�[2J\tb\n�c�\n"+strings.Repeat("x", most-1)+"…\nend\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if Raw(o) != &out || Raw(&out) != &out {
		t.Error("Raw is not the writer behind")
	}
}

// TestJSON keeps the data, and lets no character act on a terminal.
func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&Output{Out: &out}, "\x1b\u009b\u202e\x7f\U000e0041é"); err != nil {
		t.Fatal(err)
	}
	if want := `"\u001b\u009b\u202e\u007f\udb40\udc41é"` + "\n"; out.String() != want {
		t.Errorf("%q, want %q", &out, want)
	}
}
