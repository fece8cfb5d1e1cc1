package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/maskwarden/maskwarden/evaluate"
	"github.com/maskwarden/maskwarden/frame"
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
	if c.Alarms != "" {
		r, err := evaluate.RunAlarms(ctx, p, c.Alarms, c.Split)
		if err != nil {
			return fail(exitNoInput, "", err)
		}
		return c.print(stdout, r, func(w io.Writer) { printAlarms(w, r) })
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
	fmt.Fprintln(w, "label\tsize\tfaces\tfound\trecall\tlabeled right\tend to end\t")
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

func printAlarms(w io.Writer, r *evaluate.Alarms) {
	fmt.Fprintln(w, "alarm\ta camera-day\twhere people stand still\t")
	for _, alarm := range slices.Sorted(maps.Keys(r.PerDay)) {
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t\n", alarm, r.PerDay[alarm], r.Frozen[alarm])
	}
	fmt.Fprintf(w, "\n%d days of %d people each, one face a second, drawn from %d images of %d people of %s; model %s\n",
		r.Days, r.Visits, r.Images, r.People, r.Split, r.Model)
	fmt.Fprintf(w, "of the images: certified %.3f", r.Certified)
	for _, why := range slices.Sorted(maps.Keys(r.Suspected)) {
		fmt.Fprintf(w, ", %s %.3f", why, r.Suspected[why])
	}
	fmt.Fprintf(w, "\nno rate below one person in %d can be seen with so few: 0 here may be up to %.0f a day (95 %%)\n",
		r.People, 3*float64(r.Visits)/float64(r.People))
}
