// Command maskwarden says whether people in front of a camera wear their masks correctly.
package main

import (
	"os"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/cli"
	"github.com/maskwarden/maskwarden/memory"
)

func main() {
	decode.Main()
	memory.Tune()
	os.Exit(cli.Process(os.Args[1:]))
}
