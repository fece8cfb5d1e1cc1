package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/maskwarden/maskwarden/evaluate"
)

// patched shows what stored patches do to faces, on one pack or on two.
func (c *evaluateCmd) patched(ctx context.Context, stdout io.Writer) error {
	r, err := c.measure(ctx, c.engineFlags)
	if err != nil {
		return err
	}
	if c.Beside != "" {
		other := c.engineFlags
		other.Pack = c.Beside
		if r.Baseline, err = c.measure(ctx, other); err != nil {
			return err
		}
	}
	return c.print(stdout, r, func(w io.Writer) { printPatched(w, r) })
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

func printPatched(w io.Writer, r *evaluate.Patched) {
	fmt.Fprintln(w, "model\tpatch\tarea\tfaces\twithout it\tnetwork\treported\tsuspected\tfloor\t")
	for ; r != nil; r = r.Baseline {
		for _, p := range r.Patches {
			fmt.Fprintf(w, "%s\t%s → %s\t%g %%\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n",
				r.Model, p.From, p.To, 100*p.Area, p.Faces, p.Before, p.Network, p.Reported, p.Suspected, p.Made)
		}
	}
	fmt.Fprintln(w, "\nshares of the faces that are taken for the label the patch aims at: without it, by the smoothed network, and as the camera reports;")
	fmt.Fprintln(w, "floor: the share that the patch changed when it was made")
}
