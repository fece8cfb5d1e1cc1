package evaluate

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/maskwarden/maskwarden/frame"
)

// WriteTable writes the result for people, columns apart by tabs.
func (r *Faces) WriteTable(w io.Writer) {
	fmt.Fprintln(w, "truth\tcorrect\tincorrect\tnone\trecall\t")
	for i := range frame.NumClasses {
		l := frame.Class(i).String()
		row := r.Confusion[l]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.3f\t\n", l, row["correct"], row["incorrect"], row["none"], r.Recall[l])
	}
	fmt.Fprintf(w, "\n%d images, %d skipped; accuracy %.3f, balanced %.3f; model %s\n",
		r.Images, len(r.Skipped), r.Accuracy, r.Balanced, r.Model)
}

// WriteTable writes the result for people, columns apart by tabs.
func (r *Scenes) WriteTable(w io.Writer) {
	fmt.Fprintln(w, "label\tsize\tfaces\tfound\trecall\tlabeled right\tend to end\t")
	line := func(label, size string, c Count) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%.2f\t%d\t%.2f\t\n", label, size, c.Faces, c.Found, c.Recall, c.Right, c.EndToEnd)
	}
	for i := range frame.NumClasses {
		l := frame.Class(i).String()
		for _, size := range sizeNames() {
			if c, ok := r.ByLabelSize[l][size]; ok {
				line(l, size, c)
			}
		}
		line(l, "any", r.ByLabel[l])
	}
	for _, size := range sizeNames() {
		line("any", size, r.BySize[size])
	}
	line("any", "any", r.All)
	fmt.Fprintf(w, "\n%d pictures, %d skipped; %.2f false alarms a picture; model %s\n",
		r.Pictures, len(r.Skipped), r.FalseAlarms, r.Model)
}

// WriteTable writes the result for people, columns apart by tabs.
func (r *Alarms) WriteTable(w io.Writer) {
	fmt.Fprintln(w, "alarm\ta camera-day\twhere people stand still\t")
	for _, alarm := range slices.Sorted(maps.Keys(r.PerDay)) {
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t\n", alarm, r.PerDay[alarm], r.Frozen[alarm])
	}
	fmt.Fprintf(w, "\n%d days of %d people each, one face a second, drawn from %d images of %d people of %s; model %s\n",
		r.Days, r.Visits, r.Images, r.People, r.Split, r.Model)
	fmt.Fprintf(w, "of the images: certified %.3f, never correct %.3f", r.Certified, r.Never)
	for _, why := range slices.Sorted(maps.Keys(r.Suspected)) {
		fmt.Fprintf(w, ", %s %.3f", why, r.Suspected[why])
	}
	fmt.Fprintf(w, "\nno rate below one person in %d can be seen with so few: 0 here may be up to %.0f a day (95 %%)\n",
		r.People, 3*float64(r.Visits)/float64(r.People))
}

// WriteTable writes the result for people, columns apart by tabs.
func (r *Patched) WriteTable(w io.Writer) {
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
