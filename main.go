// Command maskwarden tells whether people in front of a camera wear their masks correctly.
package main

import (
	"os"

	"github.com/maskwarden/maskwarden/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
}
