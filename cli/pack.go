package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pipeline"
)

type packCmd struct {
	Keygen packKeygenCmd `cmd:"" help:"Make a key pair to sign packs with."`
	Sign   packSignCmd   `cmd:"" help:"Check a pack's manifest and files, and sign it."`
	Verify packVerifyCmd `cmd:"" help:"Check a pack as the daemon does, and print what it holds and who signed it."`
}

type packKeygenCmd struct {
	Out string `required:"" placeholder:"FILE" help:"Where the secret key goes, in minisign's form, without a password."`
}

func (c *packKeygenCmd) Run(stdout io.Writer) error {
	key, err := pack.MakeKey(c.Out)
	if err != nil {
		return err
	}
	return printKey(stdout, c.Out, key)
}

func printKey(w io.Writer, path string, key minisign.PrivateKey) error {
	_, err := fmt.Fprintf(w, "%s holds the secret key: keep it to yourself, and a copy in a safe place.\n"+
		"Its public key, for classifier.trusted_keys on the cameras:\n%s\n", path, key.Public())
	return err
}

type packSignCmd struct {
	Dir     string `arg:"" help:"The pack."`
	Key     string `required:"" placeholder:"FILE" help:"The secret key, as pack keygen or minisign -G -W makes it."`
	MakeKey bool   `help:"Make the key if there is none."`
	Config  string `placeholder:"FILE" help:"Take the TensorFlow Lite library of this configuration file." env:"MASKWARDEN_CONFIG"`
	Role    string `default:"camera" enum:"camera,baseline" help:"What the pack is for: camera, or baseline, which is only compared with."`
}

func (c *packSignCmd) Run(stdout io.Writer) error {
	if _, err := os.Stat(c.Key); c.MakeKey && errors.Is(err, fs.ErrNotExist) {
		if err := (&packKeygenCmd{c.Key}).Run(stdout); err != nil {
			return err
		}
	}
	key, err := pack.ReadKey(c.Key)
	if err != nil {
		return fail(exitNoInput, "", err)
	}
	cfg, err := config.LoadOptional(c.Config)
	if err != nil {
		return fail(exitConfig, "maskwarden config example", err)
	}
	if err := pipeline.ProveUnsigned(cfg, c.Dir, pack.Role(c.Role)); err != nil {
		return fail(exitConfig, "", fmt.Errorf("not signed: %w", err))
	}
	p, err := pack.Sign(c.Dir, key, pack.Role(c.Role))
	if err != nil {
		return fail(exitConfig, "", err)
	}
	_, err = fmt.Fprintf(stdout, "%s: %s signed as a %s by the key %s, trusted where classifier.trusted_keys has\n%s\n", c.Dir, p.ID(), p.Role, p.Signer, key.Public())
	return err
}

type packVerifyCmd struct {
	Dir    string `arg:"" help:"The pack."`
	Config string `placeholder:"FILE" help:"Take the trusted keys of this configuration file." env:"MASKWARDEN_CONFIG"`
	trustFlag
	JSON bool `help:"Print JSON."`
}

// verified is what a pack holds; stable, scripts read it.
type verified struct {
	Pack    string            `json:"pack"` // its folder
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Version int               `json:"version"`
	Signer  string            `json:"signer"` // the key's id
	Role    string            `json:"role"`   // camera or baseline
	Models  map[string]string `json:"models"` // sha256 by kind
	Golden  int               `json:"golden"`
	Patches int               `json:"patches"`
	Files   int               `json:"files"`
}

func (c *packVerifyCmd) Run(stdout io.Writer) error {
	cfg, err := config.LoadOptional(c.Config)
	if err != nil {
		return fail(exitConfig, "maskwarden config example", err)
	}
	if err := c.apply(&cfg.Classifier); err != nil {
		return err
	}
	cfg.Classifier.Name = "" // the argument says which pack is meant
	p, err := cfg.Classifier.OpenBaseline(c.Dir)
	if err != nil {
		return fail(exitConfig, "", err)
	}
	m := &p.Manifest
	v := verified{
		Pack: c.Dir, ID: p.ID(), Name: m.Name, Version: m.Version, Signer: p.Signer, Role: string(p.Role), Models: map[string]string{},
		Golden: len(m.Golden), Patches: len(m.Patches), Files: len(m.Files),
	}
	for kind, file := range m.Models {
		v.Models[string(kind)] = m.Files[file]
	}
	if c.JSON {
		return screen.JSON(stdout, v)
	}
	fmt.Fprintf(stdout, "%s: %s version %d, whole, signed by the trusted key %s\n", v.Pack, v.Name, v.Version, v.Signer)
	if p.Role == pack.Baseline {
		fmt.Fprintln(stdout, "  a baseline: only to be compared with, and refused by cameras")
	}
	for _, kind := range slices.Sorted(maps.Keys(v.Models)) {
		fmt.Fprintf(stdout, "  model %-8s sha256 %s\n", kind, v.Models[kind])
	}
	_, err = fmt.Fprintf(stdout, "  %d files, %d known answers, %d adversarial patches\n", v.Files, v.Golden, v.Patches)
	return err
}
