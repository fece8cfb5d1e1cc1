package config

import _ "embed" // for the example

//go:embed maskwarden.yaml
var example []byte

// Example returns the shipped configuration: every key with its default, and what it means.
func Example() []byte { return append([]byte(nil), example...) }
