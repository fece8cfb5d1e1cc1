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
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return Parse(path, data, os.Environ())
}

// LoadOptional is Load for a command that opens no camera: there need be none, and with path "" no file.
func LoadOptional(path string) (*Config, error) {
	var data []byte
	if path != "" {
		var err error
		if data, err = read(path); err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
	}
	return decode(path, data, os.Environ(), 0)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// Parse reads a configuration from YAML text and from variables in the form NAME=value, as os.Environ gives them.
// The name stands in errors, which are of type Errors.
func Parse(name string, data []byte, environ []string) (*Config, error) {
	return decode(name, data, environ, 1)
}

func decode(name string, data []byte, environ []string, cameras int) (*Config, error) {
	if len(data) > maxSize {
		return nil, Errors{{File: name, Message: fmt.Sprintf("want at most %d bytes (got more)", maxSize)}}
	}
	c := Default()
	d := &decoder{file: name, places: map[string]place{"": {line: 1, column: 1}}, wrong: map[string]bool{}}
	if d.document(data, reflect.ValueOf(c).Elem()) {
		d.environ(environ, reflect.ValueOf(c).Elem())
		at := section{d: d}
		at.need("cameras", len(c.Cameras) >= cameras, "one camera or more", "none")
		c.check(at)
	}
	if err := d.errs.err(); err != nil {
		return nil, err
	}
	return c, nil
}
