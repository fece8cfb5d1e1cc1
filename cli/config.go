package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/maskwarden/maskwarden/cli/precheck"
	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/config/decode"
)

type configCmd struct {
	Check   configCheckCmd   `cmd:"" help:"Check a configuration file and print every error."`
	Example configExampleCmd `cmd:"" help:"Print the example: every key with its default."`
}

type configCheckCmd struct {
	File   string `arg:"" optional:"" help:"The configuration file."`
	Config string `placeholder:"FILE" help:"The same, as a flag." env:"MASKWARDEN_CONFIG"`
	JSON   bool   `help:"Print JSON."`
}

func (c *configCheckCmd) Run(stdout io.Writer) error {
	file := c.File
	if file == "" {
		file = c.Config
	}
	if file == "" {
		return fail(exitUsage, "maskwarden config check FILE", errors.New("no configuration file was named"))
	}
	cfg, err := config.Load(file)
	var invalid decode.Errors
	switch {
	case err == nil:
		return c.report(stdout, file, precheck.Findings(cfg))
	case errors.As(err, &invalid) && c.JSON:
		_ = screen.JSON(stdout, map[string]any{"ok": false, "errors": invalid})
		err = fmt.Errorf("%s: %d errors", file, len(invalid))
	}
	return fail(exitConfig, "maskwarden config example", err)
}

// report prints what is wrong on this machine with a configuration that is valid. What run refuses is an error; what it runs without, or
// waits for, is a warning.
func (c *configCheckCmd) report(stdout io.Writer, file string, found []precheck.Finding) error {
	var refused decode.Errors
	warnings := []string{}
	for _, f := range found {
		if f.Final {
			refused = append(refused, decode.Error{File: file, Key: f.Key, Message: f.Message})
		} else {
			warnings = append(warnings, f.String())
		}
	}
	switch {
	case c.JSON && len(found) == 0:
		_, err := fmt.Fprintln(stdout, `{"ok": true, "errors": []}`)
		return err
	case c.JSON:
		if err := screen.JSON(stdout, map[string]any{"ok": len(refused) == 0, "errors": append(decode.Errors{}, refused...), "warnings": warnings}); err != nil {
			return err
		}
	default:
		for _, warning := range warnings {
			if _, err := fmt.Fprintf(stdout, "%s: warning: %s\n", file, warning); err != nil {
				return err
			}
		}
	}
	if len(refused) > 0 {
		return fail(exitConfig, "name what is there, or install it", refused)
	}
	if c.JSON {
		return nil
	}
	_, err := fmt.Fprintf(stdout, "%s is valid\n", file)
	return err
}

type configExampleCmd struct{}

func (c *configExampleCmd) Run(stdout io.Writer) error {
	_, err := stdout.Write(config.Example())
	return err
}
