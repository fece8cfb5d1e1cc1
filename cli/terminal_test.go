package cli

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
	if !isTerminal(terminal) || isTerminal(null) || isTerminal(&bytes.Buffer{}) {
		t.Errorf("terminal %t, /dev/null %t, buffer %t; want only the first", isTerminal(terminal), isTerminal(null), isTerminal(&bytes.Buffer{}))
	}
	t.Setenv("TERM", "dumb")
	if isTerminal(terminal) {
		t.Error("a dumb terminal cannot write over a line")
	}
}
