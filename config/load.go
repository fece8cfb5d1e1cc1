package config

import (
	"fmt"
	"io"
	"os"
	"reflect"
)

// maxSize is the largest configuration that is read, in bytes: room for a hundred cameras. The parser's time grows with its square.
const maxSize = 1 << 16

// Load reads a configuration from a file and from the environment's MASKWARDEN_ variables, which win.
// Faults of the text are returned as Errors, all of them; any other error is about reading the file.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return Parse(path, data, os.Environ())
}

// Parse reads a configuration from YAML text and from variables in the form NAME=value, as os.Environ gives them.
// The name stands in errors, which are of type Errors.
func Parse(name string, data []byte, environ []string) (*Config, error) {
	if len(data) > maxSize {
		return nil, Errors{{File: name, Message: fmt.Sprintf("want at most %d bytes (got more)", maxSize)}}
	}
	c := Default()
	d := &decoder{file: name, places: map[string]place{"": {line: 1, column: 1}}, wrong: map[string]bool{}}
	if d.document(data, reflect.ValueOf(c).Elem()) {
		d.environ(environ, reflect.ValueOf(c).Elem())
		c.check(section{d: d})
	}
	if err := d.errs.err(); err != nil {
		return nil, err
	}
	return c, nil
}
