package cli

import (
	"context"
	"errors"
	"io"
	"text/tabwriter"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/evaluate"
)

type evaluateCmd struct {
	engineFlags
	Faces   string `placeholder:"DIR" help:"Folders correct, incorrect and none with face crops."`
	Scenes  string `placeholder:"DIR" help:"Pictures and their annotations.json."`
	Alarms  string `placeholder:"DIR" help:"Faces and their manifest.csv: how often they raise a false alarm."`
	Patched string `placeholder:"DIR" help:"Faces and their manifest.csv: what the pack's stored adversarial patches do to them."`
	Beside  string `placeholder:"DIR" help:"With --patched: also show another model pack, with its own patches."`
	Seed    uint64 `default:"1" placeholder:"N" help:"With --patched: draw places, angles, scales and light from this number."`
	Split   string `default:"val" help:"Split of the manifest that --alarms and --patched take."`
	JSON    bool   `help:"Print JSON."`
}

func (c *evaluateCmd) Run(ctx context.Context, stdout io.Writer) (err error) {
	given := 0
	for _, dir := range []string{c.Faces, c.Scenes, c.Alarms, c.Patched} {
		if dir != "" {
			given++
		}
	}
	if given != 1 {
		return fail(exitUsage, "maskwarden evaluate --help", errors.New("want one of --faces DIR, --scenes DIR, --alarms DIR and --patched DIR"))
	}
	if c.Beside != "" && c.Patched == "" {
		return fail(exitUsage, "maskwarden evaluate --patched DIR --beside DIR", errors.New("--beside: it needs --patched DIR"))
	}
	if c.Patched != "" {
		return c.patched(ctx, stdout)
	}
	engine := c.comparing()
	p, closeAll, err := engine.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	if c.Faces != "" {
		r, err := evaluate.RunFaces(ctx, p, c.Faces)
		if err != nil {
			return fail(exitNoInput, "", err)
		}
		return c.print(stdout, r)
	}
	if c.Alarms != "" {
		r, err := evaluate.RunAlarms(ctx, p, c.Alarms, c.Split)
		if err != nil {
			return fail(exitNoInput, "", err)
		}
		return c.print(stdout, r)
	}
	r, err := evaluate.RunScenes(ctx, p, c.Scenes)
	if err != nil {
		return fail(exitNoInput, "", err)
	}
	return c.print(stdout, r)
}

func (c *evaluateCmd) print(stdout io.Writer, result interface{ WriteTable(w io.Writer) }) error {
	if c.JSON {
		return screen.JSON(stdout, result)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	result.WriteTable(w)
	return w.Flush()
}

// patched shows what stored patches do to faces, on one pack or on two.
func (c *evaluateCmd) patched(ctx context.Context, stdout io.Writer) error {
	r, err := c.measure(ctx, c.comparing())
	if err != nil {
		return err
	}
	if c.Beside != "" {
		if r.Baseline, err = c.measure(ctx, c.with(c.Beside)); err != nil {
			return err
		}
	}
	return c.print(stdout, r)
}

func (c *evaluateCmd) measure(ctx context.Context, engine engineFlags) (_ *evaluate.Patched, err error) {
	p, closeAll, err := engine.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	r, err := evaluate.RunPatched(ctx, p, c.Patched, c.Split, c.Seed)
	return r, fail(exitNoInput, "", err)
}
