package config

import (
	"fmt"
	"os"

	"github.com/maskwarden/maskwarden/config/decode"
	"github.com/maskwarden/maskwarden/textfile"
)

// Load reads a configuration from a file and from the environment's MASKWARDEN_ variables, which win.
// Errors of the text are returned as decode.Errors, all of them; any other error is about reading the file.
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
	return parse(path, data, os.Environ(), 0)
}

func read(path string) ([]byte, error) {
	return textfile.Read(path, decode.MaxSize)
}

// Parse reads a configuration from YAML text and from variables in the form NAME=value, as os.Environ gives them.
// The name stands in errors, which are of type decode.Errors.
func Parse(name string, data []byte, environ []string) (*Config, error) {
	return parse(name, data, environ, 1)
}

func parse(name string, data []byte, environ []string, cameras int) (*Config, error) {
	c := Default()
	err := decode.Into(c, name, data, environ, func(at decode.Section) {
		at.Need("cameras", len(c.Cameras) >= cameras, "one camera or more", "none")
		c.check(at)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}
