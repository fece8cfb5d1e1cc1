package cli

import "io"

// Main runs one command within the test's process, whose native libraries print where they like.
func Main(args []string, stdout, stderr io.Writer) int {
	return execute(args, stdout, &logs{out: stderr})
}
