//go:build !faults

package cli_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestNoTraceOfFaults looks for the fault injector in the program as it is built for cameras.
func TestNoTraceOfFaults(t *testing.T) {
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range [][]string{{"MASKWARDEN", "FAULT"}, {"learn", "answers"}, {"faults", "model.go"}, {"blind", "detector"}} {
		if word := strings.Join(trace, "_"); bytes.Contains(program, []byte(word)) { // joined here, so that it does not stand in the test itself
			t.Errorf("%s is in the program", word)
		}
	}
}
