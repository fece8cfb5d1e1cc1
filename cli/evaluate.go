package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/maskwarden/maskwarden/evaluate"
	"github.com/maskwarden/maskwarden/frame"
)

type evaluateCmd struct {
	engineFlags
	Faces  string `placeholder:"DIR" help:"Folders correct, incorrect and none with face crops."`
	Scenes string `placeholder:"DIR" help:"Pictures and their annotations.json."`
	JSON   bool   `help:"Print JSON."`
}

func (c *evaluateCmd) Run(ctx context.Context, stdout io.Writer) (err error) {
	if (c.Faces == "") == (c.Scenes == "") {
		return fail(exitUsage, "maskwarden evaluate --help", errors.New("want either --faces DIR or --scenes DIR"))
	}
	p, closeAll, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	if c.Faces != "" {
		r, err := evaluate.RunFaces(ctx, p, c.Faces)
		if err != nil {
			return fail(exitNoInput, "", err)
		}
		return c.print(stdout, r, func(w io.Writer) { printFaces(w, r) })
	}
	r, err := evaluate.RunScenes(ctx, p, c.Scenes)
	if err != nil {
		return fail(exitNoInput, "", err)
	}
	return c.print(stdout, r, func(w io.Writer) { printScenes(w, r) })
}

func (c *evaluateCmd) print(stdout io.Writer, result any, table func(io.Writer)) error {
	if c.JSON {
		return json.NewEncoder(stdout).Encode(result)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	table(w)
	return w.Flush()
}

func printFaces(w io.Writer, r *evaluate.Faces) {
	fmt.Fprintln(w, "truth\tcorrect\tincorrect\tnone\trecall\t")
	for i := range frame.NumClasses {
		l := frame.Class(i).String()
		row := r.Confusion[l]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.3f\t\n", l, row["correct"], row["incorrect"], row["none"], r.Recall[l])
	}
	fmt.Fprintf(w, "\n%d images, %d skipped; accuracy %.3f, balanced %.3f; model %s\n",
		r.Images, len(r.Skipped), r.Accuracy, r.Balanced, r.Model)
}

func printScenes(w io.Writer, r *evaluate.Scenes) {
	fmt.Fprintln(w, "label\tsize\tfaces\tfound\trecall\tlabelled right\tend to end\t")
	line := func(label, size string, c evaluate.Count) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%.2f\t%d\t%.2f\t\n", label, size, c.Faces, c.Found, c.Recall, c.Right, c.EndToEnd)
	}
	for i := range frame.NumClasses {
		l := frame.Class(i).String()
		for _, size := range evaluate.Sizes() {
			if c, ok := r.ByLabelSize[l][size]; ok {
				line(l, size, c)
			}
		}
		line(l, "any", r.ByLabel[l])
	}
	for _, size := range evaluate.Sizes() {
		line("any", size, r.BySize[size])
	}
	line("any", "any", r.All)
	fmt.Fprintf(w, "\n%d pictures, %d skipped; %.2f false alarms a picture; model %s\n",
		r.Pictures, len(r.Skipped), r.FalseAlarms, r.Model)
}
