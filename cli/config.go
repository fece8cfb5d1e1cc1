package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/config/decode"
	"github.com/maskwarden/maskwarden/report/page"
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
	warnings := c.warnings(cfg)
	var invalid decode.Errors
	switch {
	case err == nil && c.JSON && len(warnings) == 0:
		_, err = fmt.Fprintln(stdout, `{"ok": true, "errors": []}`)
	case err == nil && c.JSON:
		err = screen.JSON(stdout, map[string]any{"ok": true, "errors": []string{}, "warnings": warnings})
	case err == nil:
		for _, warning := range warnings {
			fmt.Fprintf(stdout, "%s: warning: %s\n", file, warning)
		}
		_, err = fmt.Fprintf(stdout, "%s is valid\n", file)
	case errors.As(err, &invalid) && c.JSON:
		_ = screen.JSON(stdout, map[string]any{"ok": false, "errors": invalid})
		err = fail(exitConfig, "maskwarden config example", fmt.Errorf("%s: %d errors", file, len(invalid)))
	default:
		err = fail(exitConfig, "maskwarden config example", err)
	}
	return err
}

// warnings are about what a daemon runs with, and not as was meant.
func (c *configCheckCmd) warnings(cfg *config.Config) (all []string) {
	if cfg == nil {
		return nil
	}
	if warning := page.Warning(string(cfg.HTTP.Listen), cfg.HTTP.TokenFile != ""); warning != "" {
		all = append(all, warning)
	}
	if _, err := cfg.HTTP.TokenFile.Read(); err != nil {
		all = append(all, err.Error())
	}
	return all
}

type configExampleCmd struct{}

func (c *configExampleCmd) Run(stdout io.Writer) error {
	_, err := stdout.Write(config.Example())
	return err
}
