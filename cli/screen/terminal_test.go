package screen

import (
	"bytes"
	"os"
	"testing"
)

func TestIsTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if !IsTerminal(terminal) || IsTerminal(null) || IsTerminal(&bytes.Buffer{}) {
		t.Errorf("terminal %t, /dev/null %t, buffer %t; want only the first", IsTerminal(terminal), IsTerminal(null), IsTerminal(&bytes.Buffer{}))
	}
	t.Setenv("TERM", "dumb")
	if IsTerminal(terminal) {
		t.Error("a dumb terminal cannot write over a line")
	}
}
