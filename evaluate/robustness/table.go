package robustness

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/frame"
)

// width of a drawn share of 1, in characters.
const width = 20

// Print writes the report for a terminal: the strengths, and at each the models with their shares.
func (r *Report) Print(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n%s\n\n", r.Method, r.Title, r.Aim())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := []string{"strength", "model", "accuracy"}
	if r.targeted() {
		head = append(head, "→ "+r.To)
	}
	if r.unmasked() {
		head = append(head, "none → correct")
	}
	fmt.Fprintln(t, strings.Join(append(head, "accuracy, drawn"), "\t"))
	for i := range r.Result.Points {
		for k, of := range r.Results() {
			if i >= len(of.Points) {
				continue
			}
			p := &of.Points[i]
			cells := []string{"", of.Model, interval(&p.Accuracy)}
			if k == 0 {
				cells[0] = fmt.Sprintf("%g", p.Strength)
			}
			if r.targeted() {
				cells = append(cells, interval(p.Target))
			}
			if r.unmasked() {
				cells = append(cells, interval(p.NoneCorrect))
			}
			fmt.Fprintln(t, strings.Join(append(cells, bar(p.Accuracy.Share)), "\t"))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nstrength: %s; shares with their 95 %% intervals\n", r.Unit)
	for _, of := range r.Results() {
		if of.Distance != nil {
			fmt.Fprintf(w, "%s: %s\n", of.Model, Nearest(of.Distance))
		}
	}
	_, err := fmt.Fprintf(w, "%s, seed %d, %.0f s\n", r.FacesText(), r.Seed, r.seconds())
	if !r.Complete {
		_, err = fmt.Fprintln(w, "interrupted: the strengths that are missing were not measured")
	}
	return err
}

// unmasked reports whether faces without a mask were attacked.
func (r *Report) unmasked() bool { return r.Faces[frame.None.String()] > 0 }

// targeted reports whether the target has a share of its own, and is not none → correct.
func (r *Report) targeted() bool {
	return r.To != "" && (r.From != frame.None.String() || r.To != frame.Correct.String())
}

func (r *Report) seconds() (s float64) {
	for _, of := range r.Results() {
		s += of.Seconds
	}
	return s
}

// FacesText says how many faces of which label were attacked.
func (r *Report) FacesText() string {
	var of []string
	for i := range frame.NumClasses {
		if l := frame.Class(i).String(); r.Faces[l] > 0 {
			of = append(of, fmt.Sprintf("%d %s", r.Faces[l], l))
		}
	}
	text := fmt.Sprintf("%d faces: %s", r.Count(), cmp.Or(strings.Join(of, ", "), "none"))
	if len(r.Skipped) > 0 {
		text += fmt.Sprintf("; %d files skipped", len(r.Skipped))
	}
	return text
}

// Nearest says how far the nearest successful images were.
func Nearest(d *suite.Distance) string {
	median := "beyond what was found"
	if d.Median != nil {
		median = fmt.Sprintf("%.2f", *d.Median)
	}
	return fmt.Sprintf("median distance %s; the attack succeeded on %d of %d faces", median, d.Succeeded.Count, d.Succeeded.Of)
}

func interval(s *suite.Share) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.Share, s.Low, s.High)
}

// bar draws a share in eighths of a character.
func bar(share float64) string {
	const blocks = " ▏▎▍▌▋▊▉"
	eighths := int(share*width*8 + 0.5)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune(blocks)[rest])
	}
	return text
}
